// The steps under way to one peer that is not on this edge. While its location holds, steps are sent one behind the
// other without waiting. When one found nobody, nothing more is sent until all that were sent have their outcome;
// then the peer is located anew, and those that found nobody go first.
import { GiggityflixError } from '../../proto/errors.ts';
import type { WebRtcSignal } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeId, PeerId, SessionId } from '../../proto/ids.ts';
import type { Clock } from '../ports.ts';
import type { PeerLocation, PeerLocations } from './peer-locations.ts';
import type { Delivery, LocalRouter } from './peer-router.ts';

/** Steps under way to one peer: the first seconds of a popular film, not a flood. */
const maxSteps = 1_000;
/** Longest wait for another edge's word: many times what the bus takes, less than a viewer's patience. */
const answerTimeoutMs = 5_000;

/** Puts a step on the way to another edge; resolves when the bus has stored it. Steps travel in the order of the calls. */
export type SendStep = (toEdgeId: EdgeId, step: SentStep) => Promise<void>;

export interface SentStep {
	/** Unique, also among the tries of one step: an edge may remember what it answered to the first. */
	readonly signalId: string;
	readonly toPeerId: PeerId;
	readonly toSessionId: SessionId;
	readonly signal: WebRtcSignal;
}

export interface LaneDeps {
	readonly edgeId: EdgeId;
	readonly local: LocalRouter;
	readonly locations: PeerLocations;
	readonly send: SendStep;
	readonly newSignalId: () => string;
	readonly clock: Pick<Clock, 'after'>;
}

export interface Lane {
	/** Resolves when the receiver's edge has answered. Throws `unavailable` and `resource-exhausted`. */
	add(signal: WebRtcSignal): Promise<Delivery>;
	answered(signalId: string, delivery: Delivery): void;
	/** Ends every step with this error. */
	fail(error: GiggityflixError): void;
}

interface Step {
	readonly signal: WebRtcSignal;
	readonly settle: (outcome: Delivery | GiggityflixError) => void;
	tries: number;
	cancelTimer: () => void;
}

interface State extends LaneDeps {
	readonly peerId: PeerId;
	readonly onEmpty: () => void;
	/** Not sent yet, in order. */
	readonly waiting: Step[];
	readonly sent: Map<string, Step>;
	/** Found nobody at the first try, in order. */
	missed: Step[];
	/** Where steps are sent now; not known at first, and not any more once one went astray. */
	location: PeerLocation | undefined;
	isLocating: boolean;
}

/** `onEmpty` is called whenever nothing is under way any more. */
export function createLane(deps: LaneDeps & { peerId: PeerId; onEmpty: () => void }): Lane {
	const state: State = {
		...deps,
		waiting: [],
		sent: new Map(),
		missed: [],
		location: undefined,
		isLocating: false,
	};
	const { waiting, sent } = state;
	return {
		add: async (signal) => {
			if (waiting.length + sent.size + state.missed.length >= maxSteps) {
				throw new GiggityflixError('resource-exhausted', 'too much is on its way to this peer');
			}
			const { promise, settle } = pendingDelivery();
			waiting.push({ signal, settle, tries: 0, cancelTimer: () => undefined });
			void pump(state);
			return promise;
		},
		answered: (signalId, delivery) => {
			if (delivery === 'absent') {
				goAstray(state, signalId, delivery);
				return;
			}
			const step = sent.get(signalId);
			step?.cancelTimer();
			sent.delete(signalId);
			step?.settle(delivery);
			void pump(state);
		},
		fail: (error) => {
			for (const step of sent.values()) step.cancelTimer();
			for (const step of [...sent.values(), ...state.missed]) step.settle(error);
			sent.clear();
			state.missed = [];
			settleWaiting(state, error);
			state.onEmpty();
		},
	};
}

/** Sends what waits, unless what went astray has to be found again first. */
async function pump(state: State): Promise<void> {
	const { waiting, sent, location } = state;
	if (state.isLocating) return;
	if (location === undefined) {
		if (sent.size > 0) return;
		if (waiting.length + state.missed.length > 0) await locate(state);
		else state.onEmpty();
	} else if (location.edgeId === state.edgeId) {
		// It has come here meanwhile.
		state.location = undefined;
		for (const step of waiting.splice(0)) {
			step.settle(state.local.deliver(state.peerId, step.signal));
		}
		await pump(state);
	} else {
		for (const step of waiting.splice(0)) send(state, location, step);
		if (sent.size === 0) state.onEmpty();
	}
}

async function locate(state: State): Promise<void> {
	state.isLocating = true;
	state.waiting.unshift(...state.missed);
	state.missed = [];
	try {
		state.location = await state.locations.find(state.peerId);
		if (state.location === undefined) settleWaiting(state, 'absent');
	} catch (caught) {
		settleWaiting(state, GiggityflixError.from(caught));
	}
	state.isLocating = false;
	await pump(state);
}

function send(state: State, { edgeId, sessionId }: PeerLocation, step: Step): void {
	const signalId = state.newSignalId();
	step.tries += 1;
	step.cancelTimer = state.clock.after(answerTimeoutMs, () => {
		const silent = new GiggityflixError('unavailable', 'the other edge does not answer');
		goAstray(state, signalId, silent);
	});
	state.sent.set(signalId, step);
	const { peerId: toPeerId } = state;
	const { signal } = step;
	state
		.send(edgeId, { signalId, toPeerId, toSessionId: sessionId, signal })
		.catch((cause: unknown) => {
			const unsent = new GiggityflixError('unavailable', 'the bus cannot be reached', { cause });
			goAstray(state, signalId, unsent);
		});
}

/** Nothing more goes where this step went. */
function goAstray(state: State, signalId: string, outcome: 'absent' | GiggityflixError): void {
	const step = state.sent.get(signalId);
	if (step === undefined) return;
	step.cancelTimer();
	state.sent.delete(signalId);
	state.locations.forget(state.peerId);
	state.location = undefined;
	if (outcome === 'absent' && step.tries === 1) state.missed.push(step);
	else step.settle(outcome);
	void pump(state);
}

function settleWaiting(state: State, outcome: Delivery | GiggityflixError): void {
	for (const step of state.waiting.splice(0)) step.settle(outcome);
}

function pendingDelivery() {
	const { promise, resolve, reject } = Promise.withResolvers<Delivery>();
	const settle = (outcome: Delivery | GiggityflixError): void => {
		if (outcome instanceof GiggityflixError) reject(outcome);
		else resolve(outcome);
	};
	return { promise, settle };
}
