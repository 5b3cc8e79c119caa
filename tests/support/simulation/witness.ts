// Sees what a simulated cluster does as it shows outside, and holds it against what must never happen. What is wrong is
// noted with its time; nothing is thrown, for the programs would catch it.
import type { BusEvent } from '../../../proto/gen/giggityflix/v1/events_pb.js';
import { deriveCatalogId, type OfferId } from '../../../proto/ids.ts';
import type { EdgeProgram } from './simulated-cluster.ts';
import type { PeerWitness } from './simulated-peer.ts';
import type { Surroundings } from './surroundings.ts';

/** What the bus has said of one session, by the ids of the events: copies of one count once. */
export interface SessionHistory {
	readonly peerId: string;
	readonly edgeId: string;
	readonly heardOfAtMs: number;
	/** With who said so. */
	readonly established: Map<string, string>;
	/** With who said so: the edge, or a tracker in its place. */
	readonly closed: Map<string, string>;
}

interface Outcome {
	readonly isSuccess: boolean;
	readonly producer: string;
}

export interface Witness extends PeerWitness {
	/** What went wrong, in order. */
	readonly problems: readonly string[];
	problem(what: string): void;
	/** An event has come by the bus. */
	heard(event: BusEvent): void;
	/** An edge could not publish the end of a session of this peer, and leaves that to the trackers. */
	leftUnsaid(edgeId: string, peerId: string): void;
	/** When that was the case for the last time. */
	leftUnsaidAtMs(edgeId: string, peerId: string): number | undefined;
	readonly sessions: ReadonlyMap<string, SessionHistory>;
	/** How many can serve an entry, as was said last; undefined once it is gone. */
	readonly availability: ReadonlyMap<string, number | undefined>;
	/** How each command was answered: the success, if one was. */
	readonly outcomes: ReadonlyMap<string, Outcome>;
	/** How often each command was carried out. */
	readonly executions: ReadonlyMap<string, number>;
	/** When a subscriber was told last, by subscription id. */
	readonly matches: ReadonlyMap<string, number>;
	/** Steps of negotiations that wait for the edge's word. */
	unansweredSteps(): number;
}

const settlingMs = 3_000;

interface WitnessDeps {
	readonly edges: () => readonly EdgeProgram[];
	/** Edges, trackers and bus do not reach each other in time, or did not shortly before. */
	readonly isTroubled: () => boolean;
}

export function createWitness(
	{ time, log }: Surroundings,
	{ edges, isTroubled }: WitnessDeps,
): Witness {
	const problems: string[] = [];
	const sessions = new Map<string, SessionHistory>();
	const availability = new Map<string, number | undefined>();
	const outcomes = new Map<string, Outcome>();
	const executions = new Map<string, number>();
	const matches = new Map<string, number>();
	const unsaid = new Map<string, number>();
	const steps = new Map<string, string>();
	const welcomes = new Map<string, number>();
	let unansweredSteps = 0;

	function problem(what: string): void {
		log.note(`PROBLEM ${what}`);
		problems.push(`${(time.nowMs() / 1_000).toFixed(3)} s: ${what}`);
	}

	function historyOf(of: { peerId: string; edgeId: string; sessionId: string }) {
		const { peerId, edgeId, sessionId } = of;
		const history = sessions.get(sessionId) ?? {
			...{ peerId, edgeId, heardOfAtMs: time.nowMs() },
			established: new Map<string, string>(),
			closed: new Map<string, string>(),
		};
		sessions.set(sessionId, history);
		return history;
	}

	return {
		problems,
		problem,
		...{ sessions, availability, outcomes, executions, matches },
		unansweredSteps: () => unansweredSteps,
		leftUnsaid: (edgeId, peerId) => void unsaid.set(`${edgeId} ${peerId}`, time.nowMs()),
		leftUnsaidAtMs: (edgeId, peerId) => unsaid.get(`${edgeId} ${peerId}`),
		said: (peerId, _edge, { body }) => {
			if (body.case !== 'welcome') return;
			welcomes.set(peerId, time.nowMs());
			const holders = edges().filter((edge) => edge.running()?.door.find(peerId) !== undefined);
			if (holders.length < 2) return;
			problem(`${peerId} is held by ${holders.map(({ edgeId }) => edgeId).join(' and ')}`);
		},
		assigned: (peerId, offerId, catalogId) => {
			if (catalogId === deriveCatalogId(peerId, offerId as OfferId)) return;
			problem(`an offer of ${peerId} has got another catalog id`);
		},
		executes: (peerId, commandId) => {
			const count = (executions.get(commandId) ?? 0) + 1;
			executions.set(commandId, count);
			if (count > 1) problem(`${peerId} has carried out command ${commandId} ${count} times`);
		},
		matched: (_peerId, subscriptionId) => void matches.set(subscriptionId, time.nowMs()),
		stepSent: () => (unansweredSteps += 1),
		stepAnswered: () => (unansweredSteps -= 1),
		stepCame: (peerId, { webrtcSessionId, step }) => {
			const number = step.case === 'candidate' ? step.value.candidate : '';
			const before = steps.get(webrtcSessionId);
			steps.set(webrtcSessionId, number);
			// Steps that come while their peer is being admitted may find nobody and come behind later ones.
			if ((welcomes.get(peerId) ?? 0) + settlingMs > time.nowMs()) return;
			if (before === undefined || before < number) return;
			problem(`${peerId} got "${number}" after "${before}" of one negotiation`);
		},
		heard: ({ eventId, producer, body }) => {
			if (body.case === 'peerConnectionEstablished') {
				const { established } = historyOf(body.value);
				established.set(eventId, producer);
				if (established.size > 1) problem(`${body.value.sessionId} was established again`);
			}
			if (body.case === 'peerConnectionClosed') {
				const { closed } = historyOf(body.value);
				closed.set(eventId, producer);
				if (new Set(closed.values()).size < closed.size || (closed.size > 1 && !isTroubled())) {
					problem(`${body.value.sessionId} was closed again`);
				}
			}
			if (body.case === 'catalogAvailabilityChanged') {
				for (const { catalogId, availablePeers, removed } of body.value.entries) {
					availability.set(catalogId, removed ? undefined : availablePeers);
				}
			}
			if (body.case === 'peerCommandCompleted') {
				const { commandId, failure, response } = body.value;
				const isSuccess = failure === undefined && response.value?.failure === undefined;
				const before = outcomes.get(commandId);
				if (before?.isSuccess === true && before.producer === producer && !isSuccess) {
					problem(`command ${commandId} was answered in two ways`);
				}
				if (before?.isSuccess !== true) outcomes.set(commandId, { isSuccess, producer });
			}
		},
	};
}
