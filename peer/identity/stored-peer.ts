// The one record about the peer itself, in memory, in step with the LibraryStore: phrase, settings and how far
// announcing got. Rule: a database that cannot be read is never written over; the peer then works with an
// identity of this visit. Knows nothing of what the record is used for.
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerId } from '../../proto/ids.ts';
import type { PeerRecord, PeerSettings } from '../library/library-item.ts';
import { without } from '../library/without.ts';
import type { LibraryStore, RandomBytes } from '../ports.ts';
import { identityOfPhrase, newPhrase, type Identity } from './identity.ts';

export interface StoredPeer {
	identity(): Identity;
	record(): PeerRecord;
	/** Whether it goes by another name than the last time, so that what edges have said is about somebody else. */
	readonly isRenamed: boolean;
	/** Takes effect at once. Resolves when it is stored, or when that failed and was told. */
	update(changes: Partial<PeerRecord>): Promise<void>;
	/** Takes the identity of another phrase and forgets what was announced. Throws `invalid-argument`. */
	become(phrase: string): Promise<void>;
}

export interface StoredPeerDependencies {
	readonly store: LibraryStore;
	readonly randomBytes: RandomBytes;
	/** Of a first run. */
	readonly initialSettings: PeerSettings;
	/** Counts for this start; without it the id is the key's again. */
	readonly chosenPeerId: PeerId | undefined;
	/** Hears `undefined` when the store works again. */
	readonly onStoreTrouble: (error: GiggityflixError | undefined) => void;
}

/** Reads the record, or makes the first one. Never throws. */
export async function loadStoredPeer(deps: StoredPeerDependencies): Promise<StoredPeer> {
	const { store, chosenPeerId } = deps;
	let canSave = true;
	const stored = await store.loadPeer().catch((caught: unknown) => {
		canSave = false;
		deps.onStoreTrouble(GiggityflixError.from(caught));
		return undefined;
	});
	const isRenamed = stored !== undefined && stored.chosenPeerId !== chosenPeerId;
	const kept = stored && without(stored, 'chosenPeerId');
	let record: PeerRecord = {
		...(kept ?? { phrase: newPhrase(deps.randomBytes), announcedSequence: 0 }),
		// A record of an older version lacks the settings that came since.
		settings: { ...deps.initialSettings, ...stored?.settings },
		...(chosenPeerId && { chosenPeerId }),
	};
	let identity = identityOfPhrase(record.phrase, record.chosenPeerId);
	let saving: Promise<void> = Promise.resolve();

	/** One write at a time, always of the newest record. */
	function save(): Promise<void> {
		if (!canSave) return Promise.resolve();
		saving = saving.then(async () => {
			try {
				await store.savePeer(record);
			} catch (caught) {
				deps.onStoreTrouble(GiggityflixError.from(caught));
			}
		});
		return saving;
	}

	if (isRenamed) record = withoutAnnouncements(record);
	await save();

	return {
		identity: () => identity,
		record: () => record,
		isRenamed,
		update(changes) {
			record = { ...record, ...changes };
			return save();
		},
		async become(phrase) {
			identity = identityOfPhrase(phrase, record.chosenPeerId);
			record = { ...withoutAnnouncements(record), phrase: identity.phrase };
			await save();
		},
	};
}

/** The record of a peer that no edge has heard of. */
function withoutAnnouncements(record: PeerRecord): PeerRecord {
	return {
		...without(record, 'saidSequence', 'announcedEdgeId', 'announcedDigest'),
		announcedSequence: 0,
	};
}
