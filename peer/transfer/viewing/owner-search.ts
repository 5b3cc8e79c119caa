// Finds an owner who can serve an entry now: asks them in order, each over its link, and holds them to what
// was said of the file before. Knows nothing of retrying.
import { GiggityflixError } from '../../../proto/errors.ts';
import { derivePeerId, type PeerId } from '../../../proto/ids.ts';
import type { WatchTarget } from '../../peer.ts';
import type { Clock } from '../../ports.ts';
import type { ByteSourceFacts } from '../byte-source.ts';
import { isFinal } from '../pieces/final-reasons.ts';
import type { LinkLease, ViewingLinks } from './viewing-links.ts';

/** A slow disk may have to spin up before a file opens. */
const openFileTimeoutMs = 10_000;

export interface OpenedAtOwner {
	readonly ownerPeerId: PeerId;
	readonly lease: LinkLease;
	readonly facts: ByteSourceFacts;
}

/** Of no owner. `isFinal`: the owners were reached and all said no for good. */
export interface NoOwner {
	readonly error: GiggityflixError;
	readonly isFinal: boolean;
}

export interface OwnerSearch {
	readonly target: WatchTarget;
	readonly viewingLinks: ViewingLinks;
	readonly clock: Clock;
	/** What each owner said when its file was first opened; a later, different answer is refused as `corrupt`. */
	readonly versions: Map<PeerId, ByteSourceFacts>;
}

/** Throws only `signal.reason`. */
export async function findOwner(
	search: OwnerSearch,
	signal: AbortSignal,
): Promise<OpenedAtOwner | NoOwner> {
	const failures: NoOwner[] = [];
	for (const ownerPeerId of ownersOf(search.target)) {
		const outcome = await openAtOwner(search, ownerPeerId, signal);
		if ('lease' in outcome) return outcome;
		failures.push(outcome);
	}
	return (
		failures.find((failure) => !failure.isFinal) ??
		failures.at(-1) ?? {
			error: new GiggityflixError('not-found', 'no owner is known'),
			isFinal: true,
		}
	);
}

/** Peers to ask, best first. */
export function ownersOf({ ownerPeerIds, ownerPublicKey }: WatchTarget): readonly PeerId[] {
	if (ownerPeerIds.length > 0) return ownerPeerIds;
	return ownerPublicKey === undefined ? [] : [derivePeerId(ownerPublicKey)];
}

async function openAtOwner(
	search: OwnerSearch,
	ownerPeerId: PeerId,
	signal: AbortSignal,
): Promise<OpenedAtOwner | NoOwner> {
	let lease: LinkLease;
	try {
		const owner = { peerId: ownerPeerId, publicKey: search.target.ownerPublicKey };
		lease = await search.viewingLinks.acquire(owner, signal);
	} catch (error) {
		signal.throwIfAborted();
		return { error: GiggityflixError.from(error), isFinal: false };
	}
	try {
		const facts = await openFile(search, lease, signal);
		checkVersion(search, ownerPeerId, facts);
		return { ownerPeerId, lease, facts };
	} catch (caught) {
		const isLinkLost = lease.link.closed.aborted;
		lease.release();
		signal.throwIfAborted();
		const error = GiggityflixError.from(caught);
		return { error, isFinal: !isLinkLost && isFinal(error.code) };
	}
}

async function openFile(
	search: OwnerSearch,
	lease: LinkLease,
	signal: AbortSignal,
): Promise<ByteSourceFacts> {
	const deadline = new AbortController();
	const timer = new AbortController();
	search.clock.sleep(openFileTimeoutMs, timer.signal).then(
		() =>
			deadline.abort(new GiggityflixError('timed-out', 'the owner did not open the file in time')),
		// The answer came first.
		() => undefined,
	);
	try {
		return await lease.link.openFile(
			search.target.catalogId,
			AbortSignal.any([signal, deadline.signal]),
		);
	} finally {
		timer.abort();
	}
}

/** Another owner's copy may be newer, but an entry has one size. */
function checkVersion(search: OwnerSearch, ownerPeerId: PeerId, facts: ByteSourceFacts): void {
	const [first] = search.versions.values();
	const known = search.versions.get(ownerPeerId);
	const isSame =
		(first === undefined || first.sizeBytes === facts.sizeBytes) &&
		(known === undefined || known.modifiedAtMs === facts.modifiedAtMs);
	if (!isSame) throw new GiggityflixError('corrupt', 'the file is not what it was');
	search.versions.set(ownerPeerId, facts);
}
