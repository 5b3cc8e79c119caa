// The catalog's entry of one film that is watched: asked for, followed under the id it goes by now, and asked for again
// when it changes. Knows nothing of sources and of the player.
import type { Client } from '@connectrpc/connect';
import type { Peer, WatchConnection } from '../../../peer/peer.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import type { CatalogEntry, CatalogService } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { parseCatalogId, type CatalogId } from '../../../proto/ids.ts';
import { isOfKey, mayStartWithoutOwner } from './owners-to-ask.ts';
import type { EntryStage } from './watch-situation.ts';

export interface WatchedEntryOptions {
	readonly peer: Pick<Peer, 'setInterest' | 'onCatalogEvent'>;
	readonly catalog: Pick<Client<typeof CatalogService>, 'getEntry'>;
	/** Of the link. */
	readonly catalogId: CatalogId;
	/** Of the link, when it names an owner. */
	readonly ownerPublicKey: Uint8Array<ArrayBuffer> | undefined;
	readonly onLoaded: (entry: CatalogEntry) => void;
}

export class WatchedEntry {
	#entry = $state.raw<CatalogEntry>();
	#stage = $state.raw<EntryStage>({ kind: 'loading' });
	readonly #options: WatchedEntryOptions;

	constructor(options: WatchedEntryOptions) {
		this.#options = options;
	}

	/** Once the catalog has answered; the last one it knew. */
	get entry(): CatalogEntry | undefined {
		return this.#entry;
	}

	get stage(): EntryStage {
		return this.#stage;
	}

	/** Its owners know it by this id; that of the link, only one of them. */
	get catalogId(): CatalogId {
		return this.#entry ? parseCatalogId(this.#entry.catalogId) : this.#options.catalogId;
	}

	/** Calls back when the entry has changed, or whom it waits for has come, until the returned function is called. */
	follow(onChange: () => void): () => void {
		const { peer, catalogId } = this.#options;
		peer.setInterest({ wholeCatalog: false, catalogIds: [catalogId] });
		const unsubscribe = peer.onCatalogEvent((event) => {
			if (event.kind === 'subscription-matched') {
				if (this.#isThis(event.catalogId)) onChange();
				return;
			}
			const isOurs = event.changes.some((change) => this.#isThis(change.catalogId));
			if (isOurs || event.changes.length === 0) onChange();
		});
		return () => {
			unsubscribe();
			peer.setInterest({ wholeCatalog: false, catalogIds: [] });
		};
	}

	/** Asks the catalog; `stage` tells how that went. */
	async load(signal: AbortSignal): Promise<void> {
		const { peer, catalog, catalogId, ownerPublicKey, onLoaded } = this.#options;
		try {
			const { entry } = await catalog.getEntry({ catalogId }, { signal });
			if (!entry || signal.aborted) return;
			const isMerged = entry.catalogId !== this.catalogId;
			this.#entry = entry;
			if (isMerged) {
				const catalogIds = [catalogId, this.catalogId];
				peer.setInterest({ wholeCatalog: false, catalogIds });
			}
			this.#stage = {
				kind: 'ready',
				isOwnerOnline: entry.owners.some((owner) => owner.isOnline),
				isKeyKnown: entry.owners.some(({ publicKey }) => isOfKey(publicKey, ownerPublicKey)),
			};
			onLoaded(entry);
		} catch (caught) {
			if (signal.aborted) return;
			this.#stage = { kind: 'failed', reason: GiggityflixError.from(caught).code };
		}
	}

	/** Whether others may say what the film is; false until the entry is there. */
	mayStartWithoutOwner(connection: WatchConnection | undefined): boolean {
		const key = this.#options.ownerPublicKey;
		return this.#entry !== undefined && mayStartWithoutOwner(this.#entry, key, connection);
	}

	/** By the id of the link, or the one the entry goes by since it was merged with another. */
	#isThis(catalogId: string): boolean {
		return catalogId === this.#options.catalogId || catalogId === this.catalogId;
	}
}
