// The network of a simulated cluster: streams between peers and edges that keep their order and may snap, noticed or in
// silence; and calls from edges to trackers, which may be lost on their way there or back. Whoever waits for a call is
// never told anything by a program that has died.
import { Code, ConnectError, type CallOptions } from '@connectrpc/connect';
import type { PeerDoor, TrackerClient } from '../../../edge-server/ports.ts';
import type { EdgeConnection, EdgeTransport } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import type { EdgeMessage } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { clockOf, createLine, type Life, type Surroundings } from './surroundings.ts';

/** An edge as peers find it. */
export interface EdgeEnd {
	readonly life: Life;
	readonly door: PeerDoor;
}

/** One stream. */
export interface Wire {
	readonly edge: EdgeEnd;
	/** It is gone: both ends are told, or neither. */
	snap(isNoticed: boolean): void;
}

type ConnectOptions = Parameters<EdgeTransport['connect']>[0];

/** How long it takes to find out that nobody answers. */
const unreachableMs = 1_500;
/** As every call to a tracker has it. */
const callTimeoutMs = 5_000;

/** Opens a stream to the edge there is when the request arrives. */
export function connectWire(
	{ time, choice, log }: Surroundings,
	options: ConnectOptions & {
		findEdge: () => EdgeEnd | undefined;
		onOpened: (wire: Wire) => void;
		onSaid: (edge: EdgeEnd, message: EdgeMessage) => void;
	},
): Promise<EdgeConnection> {
	const { peerId, signal } = options;
	const latencyMs = () => choice.between(0.2, 15);
	return new Promise((resolve, reject) => {
		time.after(latencyMs(), () => {
			const edge = options.findEdge();
			if (!edge || edge.life.isOver) {
				const nobody = new GiggityflixError('unavailable', 'the edge cannot be reached');
				time.after(unreachableMs, () => reject(nobody));
			} else if (signal.aborted) {
				reject(signal.reason as Error);
			} else {
				log.note(`net ${peerId} opens a stream to ${edge.life.name}`);
				const { wire, connection } = openWire({ time, choice, log }, edge, latencyMs, options);
				options.onOpened(wire);
				resolve(connection);
			}
		});
	});
}

function openWire(
	{ time, log }: Surroundings,
	edge: EdgeEnd,
	latencyMs: () => number,
	options: Parameters<typeof connectWire>[1],
): { wire: Wire; connection: EdgeConnection } {
	const { peerId } = options;
	const [toPeer, toEdge] = [createLine(time), createLine(time)];
	const waiting = new Set<(error: Error) => void>();
	let isCut = false;
	let isOpenAtPeer = true;
	let isOpenAtEdge = true;

	const endAtPeer = (error: Error): void => {
		if (!isOpenAtPeer) return;
		isOpenAtPeer = false;
		failWaiting(error);
		options.onClose(error);
	};
	const failWaiting = (error: Error): void => {
		for (const reject of waiting) reject(error);
		waiting.clear();
	};
	const endAtEdge = (): void => {
		if (!isOpenAtEdge) return;
		isOpenAtEdge = false;
		if (!edge.life.isOver) receiver.closed();
	};
	const atPeer = (task: () => void): void =>
		toPeer(latencyMs(), () => {
			if (!isCut && isOpenAtPeer) task();
		});
	const atEdge = (task: () => void): void =>
		toEdge(latencyMs(), () => {
			if (!isCut && isOpenAtEdge && !edge.life.isOver) task();
		});

	const receiver = edge.door.open({
		door: 'websocket',
		remoteAddress: '192.0.2.1',
		bufferedBytes: () => 0,
		send: (message) => {
			options.onSaid(edge, message);
			atPeer(() => {
				log.note(`net ${edge.life.name} to ${peerId}: ${message.body.case ?? ''}`);
				options.onMessage(message);
			});
		},
		close: (error) => {
			atPeer(() => endAtPeer(error ?? gone()));
			time.after(latencyMs(), endAtEdge);
		},
	});
	const connection: EdgeConnection = {
		send: (message) =>
			atEdge(() => {
				log.note(`net ${peerId} to ${edge.life.name}: ${message.body.case ?? ''}`);
				void receiver.receive(message);
			}),
		sendWebRtc: (message) =>
			new Promise((resolve, reject) => {
				waiting.add(reject);
				atEdge(() => {
					void Promise.resolve(receiver.receiveWebRtc(message)).then((answer) =>
						atPeer(() => {
							waiting.delete(reject);
							resolve(answer);
						}),
					);
				});
			}),
		bufferedBytes: () => 0,
		close: () => {
			isOpenAtPeer = false;
			failWaiting(gone());
			atEdge(endAtEdge);
		},
	};
	const wire: Wire = {
		edge,
		snap: (isNoticed) => {
			if (isCut) return;
			log.note(`net ${peerId} and ${edge.life.name} lose each other`);
			isCut = true;
			if (!isNoticed) return;
			time.after(latencyMs(), () => endAtPeer(gone()));
			time.after(latencyMs(), endAtEdge);
		},
	};
	return { wire, connection };
}

/** How calls from one program to the trackers fare. */
export type Route = 'open' | 'requests are lost' | 'answers are lost';

type Method = (request: unknown, options?: CallOptions) => Promise<unknown>;

/** A client of whichever tracker runs when a request arrives. */
export function createTrackerRoute(
	{ time, choice, log }: Surroundings,
	life: Life,
	deps: {
		route: () => Route;
		/** Trackers that answer now. */
		trackers: () => readonly { readonly life: Life; readonly client: TrackerClient }[];
	},
): TrackerClient {
	const { after } = clockOf(life, time);
	const delayMs = () => choice.between(0.1, choice.happens(0.02) ? 800 : 4);

	const call = (name: keyof TrackerClient): Method => {
		return (request, options) =>
			new Promise((resolve, reject) => {
				const settle = (outcome: () => void): void => {
					cancelDeadline();
					options?.signal?.removeEventListener('abort', onAbort);
					outcome();
				};
				const onAbort = (): void => settle(() => reject(cancelled(options?.signal?.reason)));
				const expire = () => settle(() => reject(refusal(Code.DeadlineExceeded)));
				const cancelDeadline = after(options?.timeoutMs ?? callTimeoutMs, expire);
				options?.signal?.addEventListener('abort', onAbort, { once: true });
				time.after(delayMs(), () => {
					if (deps.route() === 'requests are lost') return;
					const tracker = choice.any(deps.trackers());
					log.note(`rpc ${life.name} ${name} at ${tracker?.life.name ?? 'nobody'}`);
					if (!tracker) {
						after(delayMs(), () => settle(() => reject(refusal(Code.Unavailable))));
						return;
					}
					const answer = (outcome: () => void): void => {
						if (deps.route() === 'open') after(delayMs(), () => settle(outcome));
					};
					(tracker.client[name] as Method)(request).then(
						(result) => answer(() => resolve(result)),
						(error: unknown) => answer(() => reject(ConnectError.from(error))),
					);
				});
			});
	};
	return {
		claimPeer: call('claimPeer'),
		renewPeers: call('renewPeers'),
		releasePeer: call('releasePeer'),
		locatePeer: call('locatePeer'),
		locateMedia: call('locateMedia'),
		search: call('search'),
		getEntry: call('getEntry'),
		createSubscription: call('createSubscription'),
		deleteSubscription: call('deleteSubscription'),
		routeCommand: call('routeCommand'),
	} as TrackerClient;
}

function refusal(code: Code): ConnectError {
	return new ConnectError('the tracker cannot be reached', code);
}

function cancelled(reason: unknown): ConnectError {
	return ConnectError.from(reason, Code.Canceled);
}

function gone(): GiggityflixError {
	return new GiggityflixError('unavailable', 'the stream is gone');
}
