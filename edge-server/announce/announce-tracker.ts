// The rules of the WebTorrent announce tracker: who is told of whom. A peer announces itself to a swarm with
// offers; each offer goes to one other member, and the answer back to the member it names. Knows no socket:
// a door opens a connection on it and hands over frames. Only members are heard, and a peer id belongs to the
// connection that announced it first, so nobody can speak or listen in another's name.
import { watcherPrefix } from '../../proto/swarm-client.ts';
import type { Clock } from '../ports.ts';
import { createTokenBucket } from '../sessions/rate-limit.ts';
import {
	announceReply,
	answerFrame,
	failureReply,
	offerFrame,
	scrapeReply,
} from './announce-frames.ts';
import type { AnnounceLimits } from './announce-limits.ts';
import type { Announce, AnnounceMessage, Answer, Scrape } from './announce-message.ts';
import { parseMessage } from './parse-message.ts';
import { scanAnnounce } from './scan-announce.ts';
import type { Maybe, Membership, Outcome, Swarms } from './swarms.ts';
import type { InfoHash, WireText } from './wire-text.ts';

/** The sending half of one client's connection. Both do nothing once it is closed. */
export interface AnnounceConnection {
	/** One text frame. */
	send(frame: WireText): void;
	close(code: number, reason: string): void;
}

/** What the door tells about one connection. */
export interface AnnounceReceiver {
	receive(frame: WireText): void;
	/** The connection is gone: its peers leave their swarms. Called once. */
	closed(): void;
}

export interface AnnounceTracker {
	open(connection: AnnounceConnection): AnnounceReceiver;
	counts(): AnnounceCounts;
	/** Stops the sweep. The connections are the door's to close. */
	stop(): void;
}

/** For metrics. */
export interface AnnounceCounts {
	readonly connections: number;
	readonly swarms: number;
	readonly peers: number;
	/** Received since the start. */
	readonly messages: number;
}

export interface AnnounceTrackerDeps {
	readonly swarms: Swarms<AnnounceConnection>;
	readonly limits: AnnounceLimits;
	readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
	/** A stranger in this swarm has not everything: it may be that somebody can be asked to come. Must be quick. */
	readonly onWanted?: (infoHash: InfoHash) => void;
	/** A swarm store that failed. The message it was asked for is lost; clients announce again. */
	readonly onError: (error: unknown) => void;
}

/** Close codes of RFC 6455 §7.4.1. */
const closeInvalidPayload = 1007;
const closePolicyViolation = 1008;

interface Member {
	readonly connection: AnnounceConnection;
	/** Where it has joined; may name swarms that have forgotten it since. */
	readonly memberships: Membership<AnnounceConnection>[];
	/** False once it is closed or being closed: nothing more is heard from it or said to it. */
	isOpen: boolean;
}

export function createAnnounceTracker(deps: AnnounceTrackerDeps): AnnounceTracker {
	const { swarms, limits, clock } = deps;
	let connections = 0;
	let messages = 0;
	const stopSweep = repeat(clock, limits.sweepIntervalMs, () => {
		whenKnown(swarms.sweep(), () => undefined, deps.onError);
	});
	return {
		open(connection) {
			connections += 1;
			const member: Member = { connection, memberships: [], isOpen: true };
			const bucket = createTokenBucket({
				ratePerSecond: limits.messagesPerSecond,
				burst: limits.messageBurst,
				nowMs: clock.monotonicMs(),
			});
			return {
				receive(frame) {
					if (!member.isOpen) return;
					messages += 1;
					if (bucket.take(clock.monotonicMs())) {
						handle(deps, member, scanAnnounce(frame, limits) ?? parseMessage(frame, limits));
					} else {
						cut(member, closePolicyViolation, 'too many messages');
					}
				},
				closed() {
					connections -= 1;
					member.isOpen = false;
					leave(deps, member.memberships);
				},
			};
		},
		counts: () => ({ connections, messages, ...swarms.totals() }),
		stop: stopSweep,
	};
}

function handle(deps: AnnounceTrackerDeps, member: Member, message: AnnounceMessage): void {
	const { connection } = member;
	switch (message.kind) {
		case 'announce':
			if (message.event === 'stopped') stopAnnouncing(deps, member, message);
			else announce(deps, member, message);
			return;
		case 'answer':
			relayAnswer(deps, connection, message);
			return;
		case 'scrape':
			scrape(deps, connection, message);
			return;
		case 'invalid':
			connection.send(failureReply(message.reason, message.infoHash));
			return;
		case 'garbage':
			cut(member, closeInvalidPayload, 'not a tracker message');
			return;
	}
}

function announce(deps: AnnounceTrackerDeps, member: Member, message: Announce): void {
	const { swarms, limits, onError, onWanted } = deps;
	const { infoHash, peerId, offers, event } = message;
	const presence = {
		infoHash,
		peerId,
		recipient: member.connection,
		isComplete: message.isComplete || event === 'completed',
		wanted: event === 'completed' ? 0 : offers.length,
	};
	if (member.memberships.length >= limits.maxSwarmsPerConnection && !isIn(member, presence)) {
		member.connection.send(failureReply('too many torrents on one connection', infoHash));
		return;
	}
	if (!presence.isComplete && !peerId.startsWith(watcherPrefix)) onWanted?.(infoHash);
	whenKnown(
		swarms.announce(presence),
		(outcome) => answerAnnounce(deps, member, message, outcome),
		onError,
	);
}

function answerAnnounce(
	deps: AnnounceTrackerDeps,
	{ connection, memberships, isOpen }: Member,
	message: Announce,
	outcome: Outcome<AnnounceConnection>,
): void {
	switch (outcome.kind) {
		case 'taken':
			// Silence, as other trackers keep: the thief learns nothing, and the owner's old connection that has
			// not been noticed to be dead is noticed before its next announce.
			return;
		case 'full':
			connection.send(failureReply('this tracker is full', message.infoHash));
			return;
		case 'present':
			if (!isOpen) {
				leave(deps, [outcome.membership]);
				return;
			}
			if (outcome.isNew && !isIn({ memberships }, outcome.membership)) {
				memberships.push(outcome.membership);
			}
			connection.send(announceReply(message.infoHash, outcome.counts, deps.limits.intervalSeconds));
			for (const [index, other] of outcome.others.entries()) {
				const offer = message.offers[index];
				if (offer === undefined) break;
				other.recipient.send(offerFrame(message.infoHash, message.peerId, offer));
			}
			return;
	}
}

function stopAnnouncing(deps: AnnounceTrackerDeps, member: Member, message: Announce): void {
	const { infoHash, peerId } = message;
	const { connection, memberships } = member;
	leave(deps, [{ infoHash, peerId, recipient: connection }]);
	const index = memberships.findIndex((each) => isSame(each, message));
	if (index >= 0) memberships.splice(index, 1);
	whenKnown(
		deps.swarms.count([infoHash]),
		([counts]) => {
			if (counts === undefined) return;
			connection.send(announceReply(infoHash, counts, deps.limits.intervalSeconds));
		},
		deps.onError,
	);
}

/** To the member it names, when the sender is a member too. Otherwise nobody is told: an offer expires. */
function relayAnswer(
	{ swarms, onError }: AnnounceTrackerDeps,
	recipient: AnnounceConnection,
	answer: Answer,
): void {
	const { infoHash, peerId, toPeerId } = answer;
	whenKnown(
		swarms.locate({ infoHash, peerId, recipient }, toPeerId),
		(offerer) => offerer?.send(answerFrame(answer)),
		onError,
	);
}

function scrape(
	{ swarms, limits, onError }: AnnounceTrackerDeps,
	connection: AnnounceConnection,
	message: Scrape,
): void {
	whenKnown(
		message.infoHashes ?? swarms.list(limits.maxScrapedSwarms),
		(infoHashes) => {
			whenKnown(
				swarms.count(infoHashes),
				(counts) => connection.send(scrapeReply(infoHashes, counts, limits.intervalSeconds)),
				onError,
			);
		},
		onError,
	);
}

function cut(member: Member, code: number, reason: string): void {
	member.isOpen = false;
	member.connection.close(code, reason);
}

function leave(
	{ swarms, onError }: AnnounceTrackerDeps,
	memberships: readonly Membership<AnnounceConnection>[],
): void {
	whenKnown(swarms.leave(memberships), () => undefined, onError);
}

type Name = Pick<Membership<unknown>, 'infoHash' | 'peerId'>;

function isIn({ memberships }: Pick<Member, 'memberships'>, name: Name): boolean {
	return memberships.some((each) => isSame(each, name));
}

function isSame(one: Name, other: Name): boolean {
	return one.infoHash === other.infoHash && one.peerId === other.peerId;
}

/** Goes on at once with what is known at once; a promise for every message would cost more than the message. */
function whenKnown<Value>(
	value: Maybe<Value>,
	next: (value: Value) => void,
	onError: (error: unknown) => void,
): void {
	if (value instanceof Promise) value.then(next).catch(onError);
	else next(value);
}

function repeat(clock: Pick<Clock, 'after'>, intervalMs: number, action: () => void): () => void {
	let cancel = clock.after(intervalMs, again);
	function again(): void {
		cancel = clock.after(intervalMs, again);
		action();
	}
	return () => cancel();
}
