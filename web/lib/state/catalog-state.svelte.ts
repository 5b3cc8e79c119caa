// The catalog as one search shows it: entries a page at a time, kept fresh by what the edge tells. The edge
// does the searching and sorting. Knows nothing of how entries are drawn.
import type { Client } from '@connectrpc/connect';
import type { Peer } from '../../../peer/peer.ts';
import { GiggityflixError, type ErrorCode } from '../../../proto/errors.ts';
import type {
	CatalogEntry,
	CatalogService,
	SearchResponse,
} from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { applyCatalogChanges, withoutRepeats, type CatalogChange } from './catalog-changes.ts';
import { SearchOrder } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';

export type CatalogOrder = 'newest' | 'title' | 'longest';

export interface CatalogQuery {
	readonly words: string;
	readonly order: CatalogOrder;
	/** Only what can be watched now. */
	readonly onlyAvailable: boolean;
}

export type CatalogStage =
	| { readonly kind: 'loading' }
	| { readonly kind: 'ready' }
	| { readonly kind: 'failed'; readonly reason: ErrorCode };

const pageSize = 48;
const maxPageSize = 200;
/** Changes come in bursts, when a library is announced: one question for all that come together. */
const refreshDelayMs = 100;
/** A library that is being pictured changes for minutes; the page follows, and does not ask all the time. */
const refreshIntervalMs = 1000;

const orders: Record<CatalogOrder, SearchOrder> = {
	newest: SearchOrder.NEWEST,
	title: SearchOrder.TITLE,
	longest: SearchOrder.LONGEST,
};

export class CatalogState {
	readonly #peer: Peer;
	readonly #catalog: Client<typeof CatalogService>;
	#query = $state.raw<CatalogQuery>({ words: '', order: 'newest', onlyAvailable: true });
	#entries = $state.raw<readonly CatalogEntry[]>([]);
	#stage = $state.raw<CatalogStage>({ kind: 'loading' });
	#total = $state(0);
	#awayCount = $state(0);
	#cursor = $state('');
	#isLoadingMore = $state(false);
	/** Aborts the question under way when another one takes its place. */
	#asking = new AbortController();
	#refreshTimer: ReturnType<typeof setTimeout> | undefined;
	#refreshedAtMs = -refreshIntervalMs;

	constructor(peer: Peer, catalog: Client<typeof CatalogService>) {
		this.#peer = peer;
		this.#catalog = catalog;
	}

	get query(): CatalogQuery {
		return this.#query;
	}

	get entries(): readonly CatalogEntry[] {
		return this.#entries;
	}

	get stage(): CatalogStage {
		return this.#stage;
	}

	get total(): number {
		return this.#total;
	}

	/** When nothing can be watched now: how many films there would be if their owners were here. */
	get awayCount(): number {
		return this.#awayCount;
	}

	get hasMore(): boolean {
		return this.#cursor !== '';
	}

	get isLoadingMore(): boolean {
		return this.#isLoadingMore;
	}

	/** Shows the first page of another query; entries of the old one stay until it is there. */
	async search(query: CatalogQuery): Promise<void> {
		this.#query = query;
		if (this.#stage.kind === 'failed') this.#stage = { kind: 'loading' };
		await this.#ask(pageSize, '', (response) => {
			this.#entries = response.entries;
		});
	}

	/** The next page, once at a time. */
	async loadMore(): Promise<void> {
		if (!this.hasMore || this.#isLoadingMore) return;
		this.#isLoadingMore = true;
		try {
			await this.#ask(pageSize, this.#cursor, (response) => {
				this.#entries = withoutRepeats([...this.#entries, ...response.entries]);
			});
		} finally {
			this.#isLoadingMore = false;
		}
	}

	/** Asks again for what is shown. More than the first 200 entries are left as they are. */
	async refresh(): Promise<void> {
		const size = Math.min(maxPageSize, Math.max(pageSize, this.#entries.length));
		const rest = this.#entries.slice(size);
		const cursor = this.#cursor;
		await this.#ask(size, '', (response) => {
			this.#entries = withoutRepeats([...response.entries, ...rest]);
			if (rest.length > 0) this.#cursor = cursor;
		});
	}

	/** Follows the catalog until the returned function is called. */
	follow(): () => void {
		this.#peer.setInterest({ wholeCatalog: true, catalogIds: [] });
		const unsubscribe = this.#peer.onCatalogEvent((event) => {
			if (event.kind === 'changed') this.#apply(event.changes, event.truncated);
		});
		return () => {
			unsubscribe();
			clearTimeout(this.#refreshTimer);
			this.#refreshTimer = undefined;
			this.#asking.abort();
			this.#peer.setInterest({ wholeCatalog: false, catalogIds: [] });
		};
	}

	/** What is certain is shown at once; the rest is asked for. */
	#apply(changes: readonly CatalogChange[], isTruncated: boolean): void {
		const { entries, removedCount, isIncomplete } = applyCatalogChanges(this.#entries, changes);
		this.#entries = entries;
		this.#total -= removedCount;
		if (isTruncated || isIncomplete) this.#refreshSoon();
	}

	/** Never put off by further changes: those that come later are asked for later. */
	#refreshSoon(): void {
		const restMs = this.#refreshedAtMs + refreshIntervalMs - performance.now();
		this.#refreshTimer ??= setTimeout(
			() => {
				this.#refreshTimer = undefined;
				this.#refreshedAtMs = performance.now();
				void this.refresh();
			},
			Math.max(refreshDelayMs, restMs),
		);
	}

	async #ask(
		size: number,
		pageCursor: string,
		take: (response: SearchResponse) => void,
	): Promise<void> {
		this.#asking.abort();
		const asking = (this.#asking = new AbortController());
		const { words, order, onlyAvailable } = this.#query;
		const question = {
			query: words,
			order: words === '' || order !== 'newest' ? orders[order] : SearchOrder.UNSPECIFIED,
		};
		try {
			const response = await this.#catalog.search(
				{ ...question, pageSize: size, pageCursor, onlyAvailable },
				{ signal: asking.signal },
			);
			const isNobodyHere = onlyAvailable && response.total === 0 && !asking.signal.aborted;
			const all = isNobodyHere
				? await this.#catalog.search({ ...question, pageSize: 1 }, { signal: asking.signal })
				: undefined;
			if (asking.signal.aborted) return;
			this.#awayCount = all?.total ?? 0;
			this.#total = response.total;
			this.#cursor = response.nextPageCursor;
			take(response);
			this.#stage = { kind: 'ready' };
		} catch (caught) {
			if (asking.signal.aborted) return;
			this.#stage = { kind: 'failed', reason: GiggityflixError.from(caught).code };
		}
	}
}
