// Which owners a shared source asks for the pieces of its film, and what becomes of them. Rule: an owner who is believed
// may say what they are; whoever is not has to name those of the catalog, and is dropped for anything else. Does not know
// how the film is read.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { FilmTorrent, OtherOwners } from '../../peer.ts';
import { beginVerified, type Told } from './begin-verified.ts';
import { leaveSwarm } from './enter-swarm.ts';
import { readFilmPieces } from '../pieces/film-pieces.ts';
import { findKept, readInfoDictionary } from './find-hashes.ts';
import { joinMixWhenOpen } from './join-mix.ts';
import { createDeferred, orAborted } from '../settling.ts';
import {
	describeConnection,
	isBelieved,
	isKnown,
	isOfUse,
	type Member,
	type Shared,
} from './shared-state.ts';
import { describeWithoutOwner } from './without-owner.ts';

/** Links to others cost both sides; more of them make nothing faster. */
const maxOthers = 6;
/** In all, so that a crowd of liars costs a viewer no more than this. */
const maxAsked = 32;

/** The others may know the film as well, and nobody waits for who is believed. */
export function startWithoutOwner(shared: Shared, torrent: FilmTorrent): void {
	shared.torrent ??= torrent;
	const { piecesId, isOwnerAway, verified, lifetime } = shared;
	if (piecesId === undefined || isOwnerAway || verified || lifetime.signal.aborted) return;
	shared.isOwnerAway = true;
	for (const member of shared.others.values()) ask(shared, member);
	// Why nothing came of it is the connection's; the owner may still come.
	describeWithoutOwner(shared, piecesId, (told) => verify(shared, told)).catch(() => undefined);
}

/** The catalog tells of others who have the film. */
export function learn(
	shared: Shared,
	{ catalogId, peerIds, piecesId, durationMs }: OtherOwners,
): void {
	if (shared.lifetime.signal.aborted) return;
	shared.piecesId ??= piecesId;
	if (shared.piecesId !== piecesId) return;
	shared.durationMs ??= durationMs;
	for (const peerId of peerIds) {
		const isAmongUs = shared.others.has(peerId) || isBelieved(shared, peerId);
		if (!isAmongUs) shared.candidates.set(peerId, catalogId);
	}
	admit(shared);
	shared.changes.now();
}

/** Asks as many as are of use at once; whoever cannot be reached, or lies, makes room for the next. */
function admit(shared: Shared): void {
	for (const [peerId, catalogId] of shared.candidates) {
		const inUse = [...shared.others.values()].filter(isOfUse).length;
		if (inUse >= maxOthers || shared.others.size >= maxAsked) return;
		shared.candidates.delete(peerId);
		const remote = shared.options.openOther(catalogId, peerId);
		const member: Member = { peerId, remote, isDropped: false, isAsked: false };
		shared.others.set(peerId, member);
		watchMember(shared, member);
		if (shared.verified) joinMixWhenOpen(shared, shared.verified, member);
		else if (shared.isOwnerAway || (shared.isOpened && !shared.believed)) ask(shared, member);
	}
}

export function watchMember(shared: Shared, { remote }: Member): void {
	let kind = remote.connection().kind;
	remote.subscribe(() => {
		const hasTurned = remote.connection().kind !== kind;
		kind = remote.connection().kind;
		if (!hasTurned) {
			shared.changes.soon();
			return;
		}
		shared.verified?.mix.ring();
		shared.changes.now();
		admit(shared);
		failWhenAllHave(shared);
	});
}

/** Asks a member for the film's pieces, once at a time. */
export function ask(shared: Shared, member: Member): void {
	if (shared.verified || member.isDropped || member.isAsked) return;
	member.isAsked = true;
	// The reason is the connection's, or the member is dropped for it.
	void askForPieces(shared, member)
		.catch(() => undefined)
		.finally(() => (member.isAsked = false));
}

async function askForPieces(shared: Shared, member: Member): Promise<void> {
	const { signal } = shared.lifetime;
	const isTrusted = member === shared.believed;
	const facts = await member.remote.open(signal);
	const kept = await findKept(shared, facts);
	const lengthBytes = facts.infoDictionaryBytes;
	if (isKnown(shared) || (!kept && lengthBytes === undefined)) return;
	// The head comes first. What follows it is then read piece by piece, verified and kept.
	if (isTrusted && !kept) await orAborted(member.remote.playback.headFetched, signal);
	const infoDictionary = kept ?? (await readInfoDictionary(member, lengthBytes ?? 0, signal));
	if (isKnown(shared)) return;
	const { sizeBytes } = facts;
	try {
		const piecesId = isTrusted ? undefined : shared.piecesId;
		const pieces = readFilmPieces(infoDictionary, { sizeBytes, piecesId });
		await verify(shared, { member, pieces, facts, infoDictionary });
	} catch (caught) {
		if (!isTrusted && !kept) drop(shared, member);
		throw caught;
	}
}

function verify(shared: Shared, told: Told): Promise<void> {
	return beginVerified(shared, told, (liar) => drop(shared, liar));
}

/** For good: whoever sent one bad piece is not asked again while this film is open. */
function drop(shared: Shared, member: Member): void {
	member.isDropped = true;
	member.remote.close();
	shared.changes.now();
	admit(shared);
	shared.verified?.mix.ring();
	failWhenAllHave(shared);
}

/** Without a believed owner somebody has to send the pieces. */
export function failWhenAllHave(shared: Shared): void {
	if (shared.believed || shared.verified || shared.filmSwarm || shared.others.size === 0) return;
	const connection = describeConnection(shared);
	if (connection.kind !== 'failed') return;
	shared.verifying.reject(new GiggityflixError(connection.reason, 'no owner can send the film'));
}

/** After a failure a person may try again; the film may then be another one. */
export function startAfresh(shared: Shared): void {
	// What the catalog's pieces id has proved stays true.
	if (shared.isOwnerAway || describeConnection(shared).kind !== 'failed') return;
	leaveSwarm(shared);
	shared.verified?.mix.close(new GiggityflixError('corrupt', 'the film is opened afresh'));
	shared.verified = undefined;
	shared.verifying = createDeferred();
	shared.verifying.promise.catch(() => undefined);
}
