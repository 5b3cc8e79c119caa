// Who is told that an entry can be watched, changed or went away. An index from interest to sessions; what
// happens within a quarter of a second is told in one message. Sessions that look at the whole catalog
// share one batch, and hear of link-only entries only when they name them. A session that is behind is
// told later and less; one that is hopelessly behind is let go of by its own send.
import { create } from '@bufbuild/protobuf';
import type { EntryAvailability } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { Visibility } from '../../proto/gen/giggityflix/v1/media_pb.js';
import {
	AvailabilityChangedSchema,
	AvailabilitySchema,
	type Availability,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Clock, Interest } from '../ports.ts';
import { congestedBytes, type Session } from './session.ts';

/** Long enough to gather a scan's worth of changes, short enough to look immediate. */
const coalesceMs = 250;
/** Changes in one message; the contract's limit. */
const maxChanges = 500;

export interface AvailabilityFeed {
	/** Replaces what the session wants to be told about. */
	setInterest(session: Session, interest: Interest): void;
	/** Forgets a session that has ended. */
	remove(session: Session): void;
	changed(change: EntryAvailability): void;
	/** Cancels what has not been told yet. */
	stop(): void;
}

interface Watcher {
	readonly interest: Interest;
	/** Changes of entries it names, by catalog id: at most as many as it names. */
	readonly named: Map<string, Availability>;
	/** A batch about the whole catalog did not reach it. */
	hasMissedBatch: boolean;
}

interface Index {
	readonly watchers: Map<Session, Watcher>;
	readonly byCatalogId: Map<string, Set<Session>>;
}

export function createAvailabilityFeed(clock: Clock): AvailabilityFeed {
	const index: Index = { watchers: new Map(), byCatalogId: new Map() };
	let batch = new Map<string, Availability>();
	let isBatchTruncated = false;
	let cancelFlush: (() => void) | undefined;

	function flushSoon(): void {
		cancelFlush ??= clock.after(coalesceMs, flush);
	}

	function flush(): void {
		cancelFlush = undefined;
		const news = { changes: batch, isTruncated: isBatchTruncated };
		batch = new Map();
		isBatchTruncated = false;
		let isSomebodyBehind = false;
		for (const [session, watcher] of index.watchers) {
			if (!tell(session, watcher, news)) isSomebodyBehind = true;
		}
		if (isSomebodyBehind) flushSoon();
	}

	return {
		setInterest: (session, interest) => {
			const before = index.watchers.get(session);
			unwatch(index, session);
			watch(index, session, interest, before);
		},
		remove: (session) => unwatch(index, session),
		changed: (change) => {
			if (index.watchers.size === 0) return;
			const { catalogId, availablePeers, removed } = change;
			const availability = create(AvailabilitySchema, { catalogId, availablePeers, removed });
			const isPublic = change.visibility === Visibility.PUBLIC;
			if (isPublic && (batch.has(catalogId) || batch.size < maxChanges)) {
				batch.set(catalogId, availability);
			} else if (isPublic) {
				isBatchTruncated = true;
			}
			for (const session of index.byCatalogId.get(catalogId) ?? []) {
				index.watchers.get(session)?.named.set(catalogId, availability);
			}
			flushSoon();
		},
		stop: () => {
			cancelFlush?.();
			cancelFlush = undefined;
		},
	};
}

/** Tells a session what it wants of the news; false when it has to be told later. */
function tell(
	session: Session,
	watcher: Watcher,
	news: { changes: ReadonlyMap<string, Availability>; isTruncated: boolean },
): boolean {
	const { wholeCatalog } = watcher.interest;
	const isNews = wholeCatalog && (news.changes.size > 0 || news.isTruncated);
	if (!isNews && !watcher.hasMissedBatch && watcher.named.size === 0) return true;
	if (session.bufferedBytes() > congestedBytes) {
		watcher.hasMissedBatch ||= isNews;
		return false;
	}
	// Named entries come last: for an entry in both, they are at least as new.
	const changes = new Map([...(wholeCatalog ? news.changes : []), ...watcher.named]);
	const listed = [...changes.values()].slice(-maxChanges);
	const truncated =
		watcher.hasMissedBatch || (isNews && news.isTruncated) || listed.length < changes.size;
	watcher.named.clear();
	watcher.hasMissedBatch = false;
	const value = create(AvailabilityChangedSchema, { changes: listed, truncated });
	session.send({ case: 'availabilityChanged', value });
	return true;
}

/** What the session has not been told yet and still wants to know is kept. */
function watch(index: Index, session: Session, interest: Interest, before?: Watcher): void {
	const { wholeCatalog, catalogIds } = interest;
	if (!wholeCatalog && catalogIds.size === 0) return;
	const untold = [...(before?.named ?? [])].filter(([, { catalogId }]) =>
		hasId(catalogIds, catalogId),
	);
	const hasMissedBatch = wholeCatalog && before?.hasMissedBatch === true;
	index.watchers.set(session, { interest, named: new Map(untold), hasMissedBatch });
	for (const catalogId of catalogIds) {
		const sessions = index.byCatalogId.get(catalogId) ?? new Set();
		index.byCatalogId.set(catalogId, sessions.add(session));
	}
}

function unwatch(index: Index, session: Session): void {
	for (const catalogId of index.watchers.get(session)?.interest.catalogIds ?? []) {
		const sessions = index.byCatalogId.get(catalogId);
		sessions?.delete(session);
		if (sessions?.size === 0) index.byCatalogId.delete(catalogId);
	}
	index.watchers.delete(session);
}

function hasId(ids: ReadonlySet<string>, id: string): boolean {
	return ids.has(id);
}
