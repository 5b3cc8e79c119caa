// What keeps a film from playing, worked out from everything the watch page knows: the link, the catalog's
// answer, the connection and the player. Pure; the sentences are in words.ts.
import type { WatchConnection } from '../../../peer/peer.ts';
import type { ErrorCode } from '../../../proto/errors.ts';
import type { StatusView } from '../view-models.ts';
import { formatRate, formatSpan } from './format.ts';
import type { WatchSituation } from './words.ts';

export type EntryStage =
	| { readonly kind: 'loading' }
	| {
			readonly kind: 'ready';
			readonly isOwnerOnline: boolean;
			/** Whether somebody who has the film has the key of the link, or the link names none. */
			readonly isKeyKnown: boolean;
	  }
	| { readonly kind: 'failed'; readonly reason: ErrorCode };

export interface WatchFacts {
	readonly isLinkWellFormed: boolean;
	readonly entry: EntryStage;
	/** `undefined` before the source is opened. */
	readonly connection: WatchConnection | undefined;
	readonly isEdgeOffline: boolean;
	/** The player has given up on the bytes it was given, more than once. */
	readonly cannotDecode: boolean;
	/** The browser gives no way from bytes to a player, as on pages without HTTPS. */
	readonly cannotStream: boolean;
	/** Others than the owner are asked for it. */
	readonly isSought: boolean;
	/** The person wants to be told. */
	readonly isSubscribed: boolean;
}

/** `undefined` when nothing keeps it from playing. */
export function situationOf(facts: WatchFacts): WatchSituation | undefined {
	const { connection, entry } = facts;
	if (!facts.isLinkWellFormed) return 'entry-not-found';
	if (facts.cannotStream) return 'page-insecure';
	switch (connection?.kind) {
		case 'local':
		case 'open':
			if (facts.cannotDecode) return 'codec-unsupported';
			return isWaitedFor(connection, entry) ? absence(facts) : undefined;
		case 'failed':
			return situationOfFailure(connection.reason) ?? 'broken';
		case 'lost':
			return situationOfFailure(connection.reason) ?? absence(facts);
		case 'connecting':
		case undefined:
			if (facts.isEdgeOffline) return 'edge-unreachable';
			if (entry.kind === 'failed') return absence(facts);
			return entry.kind === 'ready' && !(entry.isOwnerOnline && entry.isKeyKnown)
				? absence(facts)
				: 'connecting';
	}
}

/** Others have some of the film, and nothing of what they have is missing here. */
function isWaitedFor(connection: WatchConnection, entry: EntryStage): boolean {
	if (connection.kind !== 'open' || connection.route !== 'swarm') return false;
	const isOwnerAway = entry.kind === 'ready' && !entry.isOwnerOnline;
	return isOwnerAway && connection.downloadBytesPerSecond === 0;
}

/** The owner cannot be reached: is it the owner, the server or the link? */
function absence(facts: WatchFacts): WatchSituation {
	const { entry } = facts;
	if (facts.isEdgeOffline) return 'edge-unreachable';
	if (entry.kind === 'failed') {
		return entry.reason === 'not-found' || entry.reason === 'invalid-argument'
			? 'entry-not-found'
			: 'edge-unreachable';
	}
	if (entry.kind === 'ready' && !entry.isKeyKnown) return 'wrong-key';
	if (facts.isSubscribed) return 'will-tell';
	return facts.isSought ? 'asking-others' : 'owner-away';
}

/** `undefined` for reasons that only say that nobody answered. */
function situationOfFailure(reason: ErrorCode): WatchSituation | undefined {
	switch (reason) {
		case 'unauthenticated':
			return 'wrong-key';
		case 'permission-denied':
			return 'permission-lost';
		case 'corrupt':
			return 'file-changed';
		case 'not-found':
			return 'gone';
		case 'timed-out':
			return 'no-route';
		case 'resource-exhausted':
			return 'refused';
		case 'unsupported':
		case 'invalid-argument':
		case 'already-exists':
		case 'internal':
			return 'broken';
		case 'unavailable':
		case 'cancelled':
			return undefined;
	}
}

/** The connection in words, below the player. */
export function connectionStatus(
	connection: WatchConnection | undefined,
	owner: string,
	nowMs: number,
): StatusView {
	switch (connection?.kind) {
		case 'local':
			return { dot: 'direct', words: 'From this device' };
		case 'open':
			if (connection.route === 'relayed') return { dot: 'relayed', words: `Relayed from ${owner}` };
			if (connection.route === 'direct') return { dot: 'direct', words: `Direct from ${owner}` };
			if (connection.route === 'swarm')
				return { dot: 'direct', words: `From others who have the film, not from ${owner}` };
			return { dot: 'direct', words: `Connected to ${owner}` };
		case 'lost': {
			const waitMs = connection.retryAtMs - nowMs;
			const again = waitMs > 1000 ? `in ${formatSpan(waitMs)}` : 'now';
			return { dot: 'waiting', words: `Not connected. Trying again ${again}` };
		}
		case 'failed':
			return { dot: 'danger', words: 'Not connected' };
		case 'connecting':
		case undefined:
			return { dot: 'waiting', words: `Connecting to ${owner}` };
	}
}

/** "4.2 MB/s · 1 min 20 s ahead", with what is buffered in front of the playhead; empty when nothing moves. */
export function transferWords(connection: WatchConnection | undefined, aheadMs: number): string {
	const parts: string[] = [];
	if (connection?.kind === 'open' && connection.downloadBytesPerSecond > 0)
		parts.push(formatRate(connection.downloadBytesPerSecond));
	if (connection?.kind === 'open' && aheadMs >= 1000) parts.push(`${formatSpan(aheadMs)} ahead`);
	return parts.join(' · ');
}
