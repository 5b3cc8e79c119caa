// How edges share swarms over the bus: what each tells goes to all on one topic, in its order; an offer or answer for
// somebody at another edge goes to that edge's own. Bounded, since strangers decide how much is said: what is over the
// measure is dropped, as offers that nobody answers are made again.
import { create } from '@bufbuild/protobuf';
import type { MessageBus } from '../../bus/message-bus.ts';
import type { Topics } from '../../bus/topics.ts';
import {
	SwarmFrameSchema,
	SwarmsChangedSchema,
	type SwarmFrame,
	type SwarmMember,
	type SwarmsChanged,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import { parseEdgeId, type EdgeId } from '../../proto/ids.ts';
import type { Clock } from '../ports.ts';
import { createTokenBucket } from '../sessions/rate-limit.ts';
import { offererOf } from './announce-frames.ts';
import type { AnnounceConnection } from './announce-tracker.ts';
import type { MemorySwarms } from './memory-swarms.ts';
import { createSharedSwarms, type SharedMember, type SharedSwarms } from './shared-swarms.ts';
import { detach, type InfoHash, type SwarmPeerId, type WireText } from './wire-text.ts';

/** Frames to all other edges: some 2 MB a second of offers, and what a crowd says at once. */
const framesPerSecond = 1_000;
const frameBurst = 5_000;

/** What comes by the bus. */
export interface SwarmExchange {
	/** Another edge tells who came and went. */
	changed(message: SwarmsChanged): void;
	/** Another edge has an offer or answer for somebody here. */
	deliver(message: SwarmFrame): void;
}

export interface SwarmSharing extends SwarmExchange {
	/** To be called once, with the swarms of this edge. */
	share(memory: MemorySwarms<AnnounceConnection>): SharedSwarms<AnnounceConnection>;
	/** Begins to speak to the others. Call it when the bus is listened to. */
	start(): void;
	/** Tells the others that everybody here has gone. */
	stop(): Promise<void>;
}

interface Deps {
	readonly edgeId: EdgeId;
	readonly bus: Pick<MessageBus, 'publish'>;
	readonly topics: Pick<Topics, 'swarmsChanged' | 'edgeCommands'>;
	readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
	readonly leaseMs: number;
	readonly onError: (error: unknown) => void;
}

/** Stands for a connection of another edge. */
interface StandIn extends AnnounceConnection {
	readonly edge: string;
}

export function createSwarmSharing(deps: Deps): SwarmSharing {
	const { edgeId, bus, topics, clock, onError } = deps;
	const frames = createTokenBucket({
		ratePerSecond: framesPerSecond,
		burst: frameBurst,
		nowMs: clock.monotonicMs(),
	});
	let memory: MemorySwarms<AnnounceConnection> | undefined;
	let swarms: SharedSwarms<AnnounceConnection> | undefined;

	function forward(edge: string, member: SharedMember, frame: WireText): void {
		if (!frames.take(clock.monotonicMs())) return;
		const value = toFrameMessage(edgeId, member, frame);
		const topic = topics.edgeCommands(parseEdgeId(edge));
		bus.publish(topic, member.infoHash, { case: 'swarmFrame', value }).catch(onError);
	}

	return {
		share(own) {
			memory = own;
			swarms = createSharedSwarms<AnnounceConnection>({
				...deps,
				memory: own,
				standIn: (edge, member): StandIn => ({
					edge,
					send: (frame) => forward(edge, member, frame),
					close: () => undefined,
				}),
				edgeOf,
				tell: ({ isAnew, wantsAll, announced, left }) =>
					bus.publish(topics.swarmsChanged, edgeId, {
						case: 'swarmsChanged',
						value: create(SwarmsChangedSchema, {
							...{ edgeId, isAnew, wantsAll },
							announced: announced.map(toMessage),
							left: left.map(toMessage),
						}),
					}),
			});
			return swarms;
		},
		start: () => swarms?.start(),
		stop: async () => swarms?.stop(),
		changed({ edgeId: edge, isAnew, wantsAll, announced, left }) {
			if (edge === edgeId) return;
			const news = { announced: announced.map(fromMessage), left: left.map(fromMessage) };
			swarms?.hear(edge, { isAnew, wantsAll, ...news });
		},
		deliver: (message) => {
			if (memory && swarms) deliver(memory, swarms, message);
		},
	};
}

function deliver(
	memory: MemorySwarms<AnnounceConnection>,
	swarms: SharedSwarms<AnnounceConnection>,
	{ to, from, edgeId, frame }: SwarmFrame,
): void {
	if (to === undefined) return;
	const member = fromMessage(to);
	const recipient = memory.recipientOf(member.infoHash, member.peerId);
	// Who has gone elsewhere meanwhile is not followed: its offerer hears of it anew.
	if (recipient === undefined || edgeOf(recipient) !== undefined) {
		swarms.notHere(member);
		return;
	}
	if (from !== undefined) {
		const announced = [fromMessage(from)];
		swarms.hear(edgeId, { isAnew: false, wantsAll: false, announced, left: [] });
	}
	recipient.send(Buffer.from(frame).toString('latin1') as WireText);
}

function edgeOf(recipient: AnnounceConnection | StandIn): string | undefined {
	return 'edge' in recipient ? recipient.edge : undefined;
}

function toMessage({ infoHash, peerId, isComplete }: SharedMember): SwarmMember {
	return {
		$typeName: 'giggityflix.v1.SwarmMember',
		infoHash: toBytes(infoHash),
		peerId: toBytes(peerId),
		isComplete,
	};
}

function fromMessage({ infoHash, peerId, isComplete }: SwarmMember): SharedMember {
	return {
		infoHash: detach(Buffer.from(infoHash).toString('latin1') as InfoHash),
		peerId: detach(Buffer.from(peerId).toString('latin1') as SwarmPeerId),
		isComplete,
	};
}

function toFrameMessage(edgeId: EdgeId, member: SharedMember, frame: WireText): SwarmFrame {
	const { infoHash } = member;
	const offerer = offererOf(frame);
	return create(SwarmFrameSchema, {
		...{ edgeId, to: toMessage(member), frame: toBytes(frame) },
		...(offerer && { from: toMessage({ infoHash, peerId: offerer, isComplete: false }) }),
	});
}

function toBytes(text: WireText): Uint8Array<ArrayBuffer> {
	return Uint8Array.from(Buffer.from(text, 'latin1'));
}
