// The announce tracker's door: `/announce` on the browser door's port. Translates between sockets and the
// tracker, and refuses connections beyond its limits; what is said on them is announce-tracker.ts's matter.
import { isUtf8 } from 'node:buffer';
import type { Clock } from '../ports.ts';
import type { SocketRoute } from '../transport/listener.ts';
import { announceLimits, type AnnounceLimits } from './announce-limits.ts';
import {
	createAnnounceTracker,
	type AnnounceConnection,
	type AnnounceCounts,
	type AnnounceReceiver,
} from './announce-tracker.ts';
import { createMemorySwarms, type MemorySwarms } from './memory-swarms.ts';
import { createSeededRandom } from './seeded-random.ts';
import type { Swarms } from './swarms.ts';
import { createTurnOutbox } from './turn-outbox.ts';
import { bytesOf, type WireText } from './wire-text.ts';

export const announcePath = '/announce';

export interface AnnounceDoor {
	/** To be opened at `announcePath`. */
	readonly route: SocketRoute;
	counts(): AnnounceCounts;
	/** Ends its timers; call it when the listener is closed. */
	stop(): void;
}

export interface AnnounceDoorDeps {
	readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
	/** Asked once, for the seed of who hears of whom. */
	readonly randomBytes: (target: Uint8Array) => void;
	readonly maxConnectionsPerAddress: number;
	/** Somebody wants the torrent of these 20 bytes. */
	readonly onWanted?: (infoHash: Uint8Array) => void;
	readonly onError: (error: unknown) => void;
	readonly limits?: AnnounceLimits;
	/** Makes the swarms of this edge those of the cluster; absent where there are no other edges. */
	readonly share?: (memory: MemorySwarms<AnnounceConnection>) => Swarms<AnnounceConnection>;
}

export function createAnnounceDoor(deps: AnnounceDoorDeps): AnnounceDoor {
	const { clock, onError, onWanted, limits = announceLimits } = deps;
	const seed = new Int32Array(1);
	deps.randomBytes(new Uint8Array(seed.buffer));
	const memory = createMemorySwarms<AnnounceConnection>({
		limits,
		random: createSeededRandom(seed[0] ?? 0),
		monotonicMs: () => clock.monotonicMs(),
	});
	const swarms = deps.share?.(memory) ?? memory;
	const tracker = createAnnounceTracker({
		...{ swarms, limits, clock, onError },
		...(onWanted && { onWanted: (infoHash) => onWanted(bytesOf(infoHash)) }),
	});
	const gather = createTurnOutbox(setImmediate);
	const perAddress = new Map<string, number>();

	function enter(address: string): void {
		perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
	}
	function leave(address: string): void {
		const left = (perAddress.get(address) ?? 1) - 1;
		if (left === 0) perAddress.delete(address);
		else perAddress.set(address, left);
	}

	const route: SocketRoute = {
		maxPayloadBytes: limits.maxFrameBytes,
		maxBufferedBytes: limits.maxBufferedBytes,
		idleTimeoutMs: limits.idleTimeoutMs,
		textEncoding: 'latin1',
		// No look at `Origin`: any page of any site may join a swarm, that is what the protocol is for, and a
		// connection has no rights that a page could borrow from its visitor.
		decide({ remoteAddress }) {
			if (tracker.counts().connections >= limits.maxConnections) {
				return { kind: 'refuse', status: 503, reason: 'too many connections' };
			}
			if ((perAddress.get(remoteAddress) ?? 0) >= deps.maxConnectionsPerAddress) {
				return { kind: 'refuse', status: 429, reason: 'too many connections from this address' };
			}
			return {
				kind: 'accept',
				open(socket) {
					enter(remoteAddress);
					const connection = gather(socket);
					const receiver = tracker.open(connection);
					return {
						message: (content) => receive(receiver, connection, content),
						drain: () => undefined,
						closed() {
							leave(remoteAddress);
							receiver.closed();
						},
					};
				},
			};
		},
	};
	return { route, counts: () => tracker.counts(), stop: () => tracker.stop() };
}

/** The listener has checked the encoding of text. Some clients send binary frames, which nobody has checked. */
function receive(
	receiver: AnnounceReceiver,
	connection: AnnounceConnection,
	content: Uint8Array | string,
): void {
	if (typeof content === 'string') receiver.receive(content as WireText);
	else if (isUtf8(content)) receiver.receive(Buffer.from(content).toString('latin1') as WireText);
	else connection.close(1007, 'not UTF-8');
}
