// One film being watched: its source and what stands in the way. The source is opened at
// once with the key of the link, while the catalog is asked; a link without a key waits for the answer.
// Knows nothing of the player but what it is told.
import type { Client } from '@connectrpc/connect';
import type {
	OtherOwners,
	Peer,
	SourceShare,
	WatchConnection,
	WatchSource,
} from '../../../peer/peer.ts';
import type { ByteSourceFacts } from '../../../peer/transfer/byte-source.ts';
import type { CatalogEntry, CatalogService } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { CatalogId, PeerId } from '../../../proto/ids.ts';
import { createBadSourceReports } from './bad-source-reports.ts';
import { bestOwner, filmTorrentOf, ownerName } from './entry-view.ts';
import { ownersToAsk } from './owners-to-ask.ts';
import type { PeerState } from './peer-state.svelte.ts';
import type { WarmSources } from './warm-sources.ts';
import type { StreamUrls } from './stream-urls.ts';
import { readSideCar } from './read-side-car.ts';
import { subscribeToEntry } from './subscribe-to-entry.ts';
import { WatchedEntry } from './watched-entry.svelte.ts';
import { targetOf } from './watch-link.ts';
import { WatchStream } from './watch-stream.svelte.ts';
import { situationOf } from './watch-situation.ts';
import type { WatchSituation } from './words.ts';

export interface WatchStateOptions {
	readonly peer: Peer;
	readonly peerState: PeerState;
	readonly catalog: Client<typeof CatalogService>;
	readonly streams: StreamUrls;
	readonly sources: Pick<WarmSources, 'open'>;
	/** `undefined` when the address holds none. */
	readonly catalogId: CatalogId | undefined;
	/** From the link. */
	readonly ownerPublicKey: Uint8Array<ArrayBuffer> | undefined;
}

/** Rates are shown once a second, never faster; a change of kind at once. */
const quietMs = 1000;
/** The player may fail because the bytes stopped coming: only a second failure on a good connection counts. */
const maxDecodeAttempts = 2;

export class WatchState {
	#connection = $state.raw<WatchConnection>();
	#facts = $state.raw<ByteSourceFacts>();
	#failedDecodes = $state(0);
	#subscriptionId = $state<string>();
	/** Grows when the player has to load its address again. */
	#generation = $state(0);
	#source: WatchSource | undefined;
	/** Of this source. */
	#hasPlayed = false;
	/** Of this source: others than its owner are asked what the film is. */
	#isSought = $state(false);
	/** Everybody who is asked. */
	#openedFor: readonly PeerId[] = [];
	#shares = $state.raw<readonly SourceShare[]>([]);
	/** Absent when the address names no film. */
	readonly #watched: WatchedEntry | undefined;
	readonly #stream: WatchStream;
	readonly #reportBadSources: ReturnType<typeof createBadSourceReports>;
	#unsubscribeSource: () => void = () => undefined;
	#connectionTimer: ReturnType<typeof setTimeout> | undefined;
	readonly #closing = new AbortController();
	readonly #options: WatchStateOptions;

	constructor(options: WatchStateOptions) {
		this.#options = options;
		const { peer, catalog, catalogId, ownerPublicKey } = options;
		this.#stream = new WatchStream(options.streams);
		this.#reportBadSources = createBadSourceReports(peer, catalog);
		if (catalogId === undefined) return;
		this.#watched = new WatchedEntry({
			...{ peer, catalog, catalogId, ownerPublicKey },
			onLoaded: (entry) => {
				this.#openWith(entry);
				this.#joinSwarm();
			},
		});
	}

	get entry(): CatalogEntry | undefined {
		return this.#watched?.entry;
	}

	/** Known once the owner has answered. */
	get facts(): ByteSourceFacts | undefined {
		return this.#facts;
	}

	get connection(): WatchConnection | undefined {
		return this.#connection;
	}

	/** Who sends the film, and how much. */
	get shares(): readonly SourceShare[] {
		return this.#shares;
	}

	get streamUrl(): string | undefined {
		return this.#stream.url;
	}

	get generation(): number {
		return this.#generation;
	}

	get owner(): string {
		return this.entry ? ownerName(bestOwner(this.entry)) : 'the owner';
	}

	get title(): string {
		return this.entry?.title ?? this.#ownItem()?.title ?? this.#facts?.fileName ?? '';
	}

	get situation(): WatchSituation | undefined {
		const { peerState, catalogId } = this.#options;
		return situationOf({
			isLinkWellFormed: catalogId !== undefined,
			entry: this.#watched?.stage ?? { kind: 'loading' },
			connection: this.#connection,
			isEdgeOffline: peerState.isOffline,
			cannotDecode: this.#failedDecodes >= maxDecodeAttempts,
			cannotStream: this.#stream.isUnsupported,
			isSought: this.#isSought,
			isSubscribed: this.#subscriptionId !== undefined,
		});
	}

	/** Opens the film and follows it until the returned function is called. */
	start(): () => void {
		const { catalogId, ownerPublicKey: key } = this.#options;
		if (catalogId === undefined) return () => undefined;
		if (key || this.#ownItem()) this.#open(key ? targetOf(catalogId, key).ownerPeerIds : []);
		this.#loadEntry();
		const unfollow = this.#watched?.follow(() => this.#ownerIsBack());
		return () => {
			unfollow?.();
			this.#close();
		};
	}

	/** For "try again": asks the owner and the catalog now. */
	retry(): void {
		this.#failedDecodes = 0;
		this.#source?.retry();
		if (!this.entry) this.#loadEntry();
		this.#generation += 1;
	}

	/** Opens the film from the beginning of its negotiation, as it is now. */
	reload(): void {
		this.#closeSource();
		this.#failedDecodes = 0;
		if (this.entry) this.#openWith(this.entry);
		else this.#open(this.#openedFor);
	}

	/** The library is loaded: a film that turns out to be ours comes from this disk. */
	libraryIsLoaded(): void {
		if (!this.#ownItem() || this.#connection?.kind === 'local') return;
		this.#closeSource();
		this.#open([]);
	}

	/** The edge can be reached again. */
	edgeIsBack(): void {
		if (this.#watched?.stage.kind === 'failed') this.#loadEntry();
		if (this.#connection?.kind === 'lost') this.#source?.retry();
	}

	/** The player gave up. Loads again once; the second time it is the format. */
	playerFailed(): void {
		const kind = this.#connection?.kind;
		if (kind !== 'open' && kind !== 'local') return;
		this.#failedDecodes += 1;
		if (this.#failedDecodes < maxDecodeAttempts) this.#generation += 1;
	}

	/** The player shows pictures: what failed before is forgiven, and what would have slowed it down may begin. */
	playerPlays(): void {
		this.#failedDecodes = 0;
		this.#hasPlayed = true;
		this.#source?.pictureShown();
		this.#joinSwarm();
	}

	/** Asks the edge to tell when the owner is back. Throws `GiggityflixError`. */
	async subscribe(): Promise<void> {
		const { signal } = this.#closing;
		this.#subscriptionId = await subscribeToEntry(this.#options, signal);
	}

	/** Bytes of a subtitle file beside the film; `undefined` when they cannot be had. */
	async readSideCar(index: number, sizeBytes: number): Promise<Uint8Array | undefined> {
		return this.#source && readSideCar(this.#source, index, sizeBytes, this.#closing.signal);
	}

	#ownItem() {
		const { peerState, catalogId } = this.#options;
		if (!catalogId) return undefined;
		return peerState.items.find(
			(item) => item.catalogId === catalogId || item.aliasCatalogIds?.includes(catalogId),
		);
	}

	#open(ownerPeerIds: readonly PeerId[], others?: OtherOwners): void {
		const { sources, ownerPublicKey } = this.#options;
		const catalogId = this.#watched?.catalogId;
		if (!catalogId || this.#closing.signal.aborted) return;
		const source = sources.open({
			catalogId,
			ownerPeerIds,
			...(ownerPublicKey && { ownerPublicKey }),
			...(others && { others }),
		});
		this.#source = source;
		this.#openedFor = [...ownerPeerIds, ...(others?.peerIds ?? [])];
		this.#connection = source.connection();
		this.#unsubscribeSource = source.subscribe(() => this.#takeConnection(source));
		void this.#describe(source);
		void this.#stream.open(source, this.title);
	}

	/** The owner's answer to the first question: name, type, subtitles. Asked again when the link comes back. */
	async #describe(source: WatchSource): Promise<void> {
		try {
			const facts = await source.open(this.#closing.signal);
			if (this.#source === source) this.#facts = facts;
		} catch {
			// `connection()` says why; the situation is shown from there.
		}
	}

	#takeConnection(source: WatchSource): void {
		const next = source.connection();
		const last = this.#connection;
		if (last?.kind === 'open' && next.kind === 'open' && last.route === next.route) {
			this.#connectionTimer ??= setTimeout(() => {
				this.#connectionTimer = undefined;
				if (this.#source === source) this.#show(source);
			}, quietMs);
			return;
		}
		this.#show(source);
		if (next.kind === 'lost') this.#joinSwarm();
		// Who knows the film without its owner knows of no subtitles; the owner may have come.
		if (next.kind === 'open' && !this.#facts?.sideCars.length) void this.#describe(source);
	}

	#show(source: WatchSource): void {
		this.#connection = source.connection();
		this.#shares = source.shares();
		if (this.entry) this.#reportBadSources(this.entry.catalogId, this.#shares);
	}

	#loadEntry(): void {
		void this.#watched?.load(this.#closing.signal);
	}

	/** Opens a link without a key, and opens again when the key's owner goes by a name of its own choice. */
	#openWith(entry: CatalogEntry): void {
		const { believed, others } = ownersToAsk(entry, this.#options.ownerPublicKey);
		const isAsked = believed.every((peerId) => this.#openedFor.includes(peerId));
		// What comes is not interrupted because somebody else has it too.
		const isComing = this.#connection?.kind === 'local' || this.#connection?.kind === 'open';
		if (this.#source && (isComing || isAsked)) {
			if (others) this.#source.learn(others);
			return;
		}
		this.#closeSource();
		this.#open(believed, others);
	}

	#joinSwarm(): void {
		const film = this.entry && filmTorrentOf(this.entry);
		if (!this.#source || !film) return;
		if (this.#hasPlayed) this.#source.joinSwarm(film);
		else if (this.#watched?.mayStartWithoutOwner(this.#connection)) {
			this.#isSought = true;
			this.#source.startWithoutOwner(film);
		}
	}

	#ownerIsBack(): void {
		this.#loadEntry();
		if (this.#connection?.kind === 'lost') this.#source?.retry();
		this.#subscriptionId = undefined;
	}

	#closeSource(): void {
		clearTimeout(this.#connectionTimer);
		this.#connectionTimer = undefined;
		this.#unsubscribeSource();
		this.#stream.close();
		this.#source?.close();
		this.#source = undefined;
		this.#hasPlayed = false;
		this.#isSought = false;
	}

	#close(): void {
		this.#closing.abort();
		this.#closeSource();
	}
}
