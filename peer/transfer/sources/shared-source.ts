// A film of other peers as one source, whoever sends it. Rule: owners that are believed start it, as fast as one link
// can; as soon as the film's pieces are known it comes from all who have it, each piece verified. Without a believed
// owner nothing is read before the pieces are known. Knows nothing of WebRTC, nor how pieces are shared out.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { WatchSource } from '../../peer.ts';
import {
	ask,
	failWhenAllHave,
	learn,
	startAfresh,
	startWithoutOwner,
	watchMember,
} from './ask-owners.ts';
import { requireWithin, type ByteRange, type ByteSourceFacts } from '../byte-source.ts';
import { createChangeSignal } from '../change-signal.ts';
import { enterSwarm, leaveSwarm } from './enter-swarm.ts';
import { readMixed } from '../pieces/mixed-reader.ts';
import { createRateMeter } from '../rate-meter.ts';
import { readBesideFilm } from './read-beside-film.ts';
import { readDirectly } from './read-directly.ts';
import { createDeferred, orAborted } from '../settling.ts';
import {
	believedOf,
	describeConnection,
	describeShares,
	isDescribedByOwner,
	members,
	type Shared,
	type SharedSourceOptions,
} from './shared-state.ts';

export interface SharedSource extends WatchSource {
	/** The edge can be reached again: no need to wait any longer. */
	signallingRestored(): void;
}

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

async function open(shared: Shared, signal: AbortSignal): Promise<ByteSourceFacts> {
	const { believed } = shared;
	startAfresh(shared);
	shared.isOpened = true;
	if (!believed) {
		for (const member of shared.others.values()) ask(shared, member);
		failWhenAllHave(shared);
		return (await orAborted(shared.verifying.promise, signal)).facts;
	}
	if (shared.verified) return withSideCars(shared, shared.verified.facts, signal);
	const described = believed.remote.open(signal).then((facts) => {
		ask(shared, believed);
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
	if (isDescribedByOwner(shared) || believed?.remote.connection().kind !== 'open') return facts;
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
		await open(shared, signal);
		yield* readBesideFilm(shared, range, signal);
		return;
	}
	const endBytes = range.offsetBytes + range.lengthBytes;
	let at = range.offsetBytes;
	// An owner who comes when the film is known already has to prove every piece.
	const believed = shared.verified && !isDescribedByOwner(shared) ? undefined : shared.believed;
	if (believed) {
		const { clock } = options;
		// One that has failed for good is asked again when a person wants it.
		if (believed.remote.connection().kind !== 'failed') ask(shared, believed);
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
	yield* readMixed({ pieces, mix, clock: options.clock, durationMs }, rest, signal);
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
