// A film of other peers as one source, whoever sends it. Rule: owners that are believed start it, as fast as one link
// can; as soon as the film's pieces are known it comes from all who have it, each piece verified. Without a believed
// owner nothing is read before the pieces are known. Knows nothing of WebRTC, nor how pieces are shared out.
import { GiggityflixError } from '../../proto/errors.ts';
import type { FilmTorrent, OtherOwners, WatchSource } from '../peer.ts';
import { requireWithin, type ByteRange, type ByteSourceFacts } from './byte-source.ts';
import { createWatchedPieces } from '../swarm/watched-pieces.ts';
import { createChangeSignal } from './change-signal.ts';
import { readFilmPieces } from './film-pieces.ts';
import { findKept, readInfoDictionary } from './find-hashes.ts';
import { joinMix, joinMixWhenOpen } from './join-mix.ts';
import { keepHead } from './keep-head.ts';
import { readMixed } from './mixed-reader.ts';
import { enterSwarm, leaveSwarm } from './enter-swarm.ts';
import { swarmName } from '../swarm/exchange-pieces.ts';
import { createPieceMix } from './piece-mix.ts';
import { createRateMeter } from './rate-meter.ts';
import { describedBy, isDescribedBy, readBesideFilm } from './read-beside-film.ts';
import { readDirectly } from './read-directly.ts';
import { createDeferred, orAborted } from './settling.ts';
import {
	believedOf,
	describeConnection,
	describeShares,
	isBelieved,
	isOfUse,
	mayStillSend,
	members,
	type Member,
	type Shared,
	type SharedSourceOptions,
} from './shared-state.ts';
import { describeWithoutOwner, type Description } from './without-owner.ts';

export interface SharedSource extends WatchSource {
	/** The edge can be reached again: no need to wait any longer. */
	signallingRestored(): void;
}

/** Links to others cost both sides; more of them make nothing faster. */
const maxOthers = 6;
/** In all, so that a crowd of liars costs a viewer no more than this. */
const maxAsked = 32;

export function createSharedSource(options: SharedSourceOptions): SharedSource {
	const { target, clock } = options;
	const changes = createChangeSignal({
		clock,
		isMoving: () => describeShares(shared).some(({ bytesPerSecond }) => bytesPerSecond > 0),
	});
	const shared: Shared = {
		options,
		believed: believedOf(options),
		others: new Map(),
		changes,
		lifetime: new AbortController(),
		piecesId: undefined,
		durationMs: undefined,
		kept: createRateMeter(),
		...{ torrent: undefined, filmSwarm: undefined },
		candidates: new Map(),
		...{ isOpened: false, isOwnerAway: false },
		verified: undefined,
		verifying: createDeferred(),
	};
	shared.verifying.promise.catch(() => undefined);
	if (shared.believed) watchMember(shared, shared.believed);
	if (target.others) learn(shared, target.others);
	return {
		open: (signal) => open(shared, AbortSignal.any([signal, shared.lifetime.signal])),
		read: (range, signal) => read(shared, range, AbortSignal.any([signal, shared.lifetime.signal])),
		close: () => close(shared),
		connection: () => describeConnection(shared),
		shares: () => describeShares(shared),
		subscribe: changes.subscribe,
		retry() {
			startAfresh(shared);
			for (const { remote } of members(shared)) remote.retry();
		},
		learn: (others) => learn(shared, others),
		joinSwarm(torrent) {
			shared.torrent ??= torrent;
			enterSwarm(shared);
		},
		startWithoutOwner: (torrent) => startWithoutOwner(shared, torrent),
		pictureShown: () => shared.believed?.remote.playback.pictureShown(),
		signallingRestored() {
			for (const { remote } of members(shared)) remote.signallingRestored();
		},
	};
}

// ---------------------------------------------------------------- reading

async function open(shared: Shared, signal: AbortSignal): Promise<ByteSourceFacts> {
	const { believed } = shared;
	startAfresh(shared);
	shared.isOpened = true;
	if (!believed) {
		for (const member of shared.others.values()) begin(shared, member);
		failWhenAllHave(shared);
		return (await orAborted(shared.verifying.promise, signal)).facts;
	}
	if (shared.verified) return withSideCars(shared, shared.verified.facts, signal);
	const described = believed.remote.open(signal).then((facts) => {
		begin(shared, believed);
		return facts;
	});
	const known = orAborted(shared.verifying.promise, signal).then(({ facts }) => facts);
	// Whoever knows it first; without the owner it may be somebody else.
	return Promise.race([
		described.catch((error: unknown) => {
			if (shared.isOwnerAway) return known;
			throw error;
		}),
		known,
	]);
}

/** Whoever knew the film without its owner knew of no subtitles. */
async function withSideCars(
	shared: Shared,
	facts: ByteSourceFacts,
	signal: AbortSignal,
): Promise<ByteSourceFacts> {
	const { believed } = shared;
	if (isDescribedBy(shared) || believed?.remote.connection().kind !== 'open') return facts;
	const { sideCars } = await believed.remote.open(signal);
	return { ...facts, sideCars };
}

async function* read(
	shared: Shared,
	range: ByteRange,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const { options } = shared;
	if (range.sideCar !== undefined && range.sideCar !== 0) {
		yield* readBesideFilm(shared, await open(shared, signal), range, signal);
		return;
	}
	const endBytes = range.offsetBytes + range.lengthBytes;
	let at = range.offsetBytes;
	// An owner who comes when the film is known already has to prove every piece.
	const believed = shared.verified && !isDescribedBy(shared) ? undefined : shared.believed;
	if (believed) {
		const { clock } = options;
		// One that has failed for good is asked again when a person wants it.
		if (believed.remote.connection().kind !== 'failed') begin(shared, believed);
		for await (const chunk of readDirectly({ ...range, shared, believed, clock, signal })) {
			at += chunk.length;
			yield chunk;
		}
	}
	if (at >= endBytes) return;
	if (!shared.believed) await open(shared, signal);
	const { pieces, mix } = shared.verified ?? (await orAborted(shared.verifying.promise, signal));
	requireWithin(range, pieces);
	const { durationMs } = shared;
	const rest = { offsetBytes: at, lengthBytes: endBytes - at };
	yield* readMixed({ pieces, mix, durationMs }, rest, signal);
}

// ---------------------------------------------------------------- learning

/** The others may know the film as well, and nobody waits for who is believed. */
function startWithoutOwner(shared: Shared, torrent: FilmTorrent): void {
	shared.torrent ??= torrent;
	const { piecesId, isOwnerAway, verified, lifetime } = shared;
	if (piecesId === undefined || isOwnerAway || verified || lifetime.signal.aborted) return;
	shared.isOwnerAway = true;
	for (const member of shared.others.values()) begin(shared, member);
	// Why nothing came of it is the connection's; the owner may still come.
	describeWithoutOwner(shared, piecesId, (told) => verify(shared, told)).catch(() => undefined);
}

function learn(shared: Shared, { catalogId, peerIds, piecesId, durationMs }: OtherOwners): void {
	if (shared.lifetime.signal.aborted) return;
	shared.piecesId ??= piecesId;
	if (shared.piecesId !== piecesId) return;
	shared.durationMs ??= durationMs;
	for (const peerId of peerIds) {
		const isKnown = shared.others.has(peerId) || isBelieved(shared, peerId);
		if (!isKnown) shared.candidates.set(peerId, catalogId);
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
		const member: Member = { peerId, remote, isDropped: false };
		shared.others.set(peerId, member);
		watchMember(shared, member);
		if (shared.verified) joinMixWhenOpen(shared, shared.verified, member);
		else if (shared.isOwnerAway || (shared.isOpened && !shared.believed)) begin(shared, member);
	}
}

function watchMember(shared: Shared, { remote }: Member): void {
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
function begin(shared: Shared, member: Member): void {
	if (shared.verified || member.isDropped || asking.has(member)) return;
	asking.add(member);
	// The reason is the connection's, or the member is dropped for it.
	void askForPieces(shared, member)
		.catch(() => undefined)
		.finally(() => asking.delete(member));
}

const asking = new WeakSet<Member>();

async function askForPieces(shared: Shared, member: Member): Promise<void> {
	const { signal } = shared.lifetime;
	const isTrusted = member === shared.believed;
	const facts = await member.remote.open(signal);
	const kept = await findKept(shared, facts);
	const lengthBytes = facts.infoDictionaryBytes;
	if (isVerified(shared) || (!kept && lengthBytes === undefined)) return;
	// The head comes first. What follows it is then read piece by piece, verified and kept.
	if (isTrusted && !kept) await orAborted(member.remote.playback.headFetched, signal);
	const infoDictionary = kept ?? (await readInfoDictionary(member, lengthBytes ?? 0, signal));
	if (isVerified(shared)) return;
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

/** May have become so while something was waited for. */
const isVerified = (shared: Shared): boolean => shared.verified !== undefined;

async function verify(
	shared: Shared,
	from: Description & { readonly member?: Member },
): Promise<void> {
	const { clock, shelves, target } = shared.options;
	const { member, pieces, facts, infoDictionary } = from;
	const { sizeBytes, pieceBytes, piecesId } = pieces;
	const { fileName, modifiedAtMs } = facts;
	const film = {
		...{ piecesId, sizeBytes, pieceBytes, fileName, modifiedAtMs },
		catalogId: target.catalogId,
	};
	const kept = await shelves?.open(film, infoDictionary);
	if (isVerified(shared) || shared.lifetime.signal.aborted) return;
	const watched = createWatchedPieces(pieces, kept);
	const { shelf } = watched;
	const mix = createPieceMix({
		...{ pieces, clock, shelf },
		mayMoreCome: () => shared.isOwnerAway || [...shared.others.values()].some(mayStillSend),
		onBytes(name, bytes) {
			const meter = name === swarmName ? shared.filmSwarm?.received : shared.kept;
			if (name === undefined || name === swarmName) meter?.add(bytes, clock.monotonicMs());
			shared.changes.soon();
		},
		onBad(name) {
			const bad = members(shared).find(({ peerId }) => peerId === name);
			if (bad) drop(shared, bad);
		},
	});
	const verified = { pieces, mix, facts, infoDictionary, watched };
	if (member) describedBy.set(facts, member);
	shared.verified = verified;
	const { believed } = shared;
	if (believed && member === believed) joinMix(verified, believed);
	else if (believed) joinMixWhenOpen(shared, verified, believed);
	if (member && member === believed) shared.isOwnerAway = false;
	for (const other of shared.others.values()) joinMixWhenOpen(shared, verified, other);
	enterSwarm(shared);
	shared.verifying.resolve(verified);
	shared.changes.now();
	if (!kept || !member || member !== believed) return;
	const { signal } = shared.lifetime;
	await orAborted(member.remote.playback.over, signal);
	await keepHead(verified, member, signal);
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
function failWhenAllHave(shared: Shared): void {
	if (shared.believed || shared.verified || shared.filmSwarm || shared.others.size === 0) return;
	const connection = describeConnection(shared);
	if (connection.kind !== 'failed') return;
	shared.verifying.reject(new GiggityflixError(connection.reason, 'no owner can send the film'));
}

/** After a failure a person may try again; the film may then be another one. */
function startAfresh(shared: Shared): void {
	// What the catalog's pieces id has proved stays true.
	if (shared.isOwnerAway || describeConnection(shared).kind !== 'failed') return;
	leaveSwarm(shared);
	shared.verified?.mix.close(new GiggityflixError('corrupt', 'the film is opened afresh'));
	shared.verified = undefined;
	shared.verifying = createDeferred();
	shared.verifying.promise.catch(() => undefined);
}

function close(shared: Shared): void {
	if (shared.lifetime.signal.aborted) return;
	const reason = new GiggityflixError('cancelled', 'the source was closed');
	shared.lifetime.abort(reason);
	leaveSwarm(shared);
	shared.verified?.mix.close(reason);
	for (const { remote } of members(shared)) remote.close();
	shared.options.onClosed();
}
