// A catalog in memory behind the real client: requests are encoded, answered and decoded as over a wire.
// Tests change its entries and count its questions.
import { create } from '@bufbuild/protobuf';
import {
	Code,
	ConnectError,
	createClient,
	createRouterTransport,
	type Client,
} from '@connectrpc/connect';
import {
	CatalogEntrySchema,
	CatalogService,
	OwnerSchema,
	type CatalogEntry,
	type ReportBadSourceRequest,
	type SearchRequest,
} from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { MediaFactsSchema } from '../../../proto/gen/giggityflix/v1/media_pb.js';

export interface DemoCatalog {
	readonly client: Client<typeof CatalogService>;
	readonly searches: SearchRequest[];
	/** Headers of each subscription. */
	readonly subscribers: Headers[];
	readonly reports: ReportBadSourceRequest[];
	entries: CatalogEntry[];
	/** From now on an id leads to an entry, as an alias does. */
	lead(catalogId: string, entry: CatalogEntry): void;
	/** While set, every question is answered with it. */
	failure: Code | undefined;
}

export function demoEntry(
	title: string,
	changes: {
		owner?: string;
		isOnline?: boolean;
		publicKey?: Uint8Array;
		peerId?: string;
		folder?: string;
		year?: number;
		season?: number;
		episode?: number;
		lines?: number;
		durationMs?: number;
	} = {},
): CatalogEntry {
	const lines = changes.lines ?? 1080;
	return create(CatalogEntrySchema, {
		catalogId: title
			.toLowerCase()
			.replace(/[^a-z2-7]/g, '')
			.padEnd(26, 'a')
			.slice(0, 26),
		title,
		sizeBytes: 2_100_000_000n,
		folder: changes.folder ?? 'Films',
		facts: create(MediaFactsSchema, {
			durationMs: BigInt(changes.durationMs ?? 6_730_000),
			widthPx: Math.round((lines * 16) / 9),
			heightPx: lines,
			mimeType: 'video/mp4',
			videoCodec: 'avc1.640028',
			audioCodec: 'mp4a.40.2',
		}),
		...(changes.year !== undefined && { year: changes.year }),
		...(changes.season !== undefined && { season: changes.season }),
		...(changes.episode !== undefined && { episode: changes.episode }),
		owners: [
			create(OwnerSchema, {
				peerId: changes.peerId ?? `peer-${changes.owner ?? 'Anna'}`,
				publicKey: changes.publicKey ?? new Uint8Array(33).fill(2),
				displayName: changes.owner ?? 'Anna',
				isOnline: changes.isOnline ?? true,
			}),
		],
	});
}

export function createDemoCatalog(entries: CatalogEntry[] = []): DemoCatalog {
	const searches: SearchRequest[] = [];
	const subscribers: Headers[] = [];
	const reports: ReportBadSourceRequest[] = [];
	const aliases = new Map<string, CatalogEntry>();
	const transport = createRouterTransport(({ service }) => {
		service(CatalogService, {
			search: (request) => {
				searches.push(request);
				refuse();
				const matching = catalog.entries.filter(
					({ title, owners }) =>
						title.toLowerCase().includes(request.query.toLowerCase()) &&
						(!request.onlyAvailable || owners.some(({ isOnline }) => isOnline)),
				);
				const from = Number(request.pageCursor || '0');
				const to = from + request.pageSize;
				return {
					entries: matching.slice(from, to),
					nextPageCursor: to < matching.length ? String(to) : '',
					total: matching.length,
				};
			},
			getEntry: (request) => {
				refuse();
				const named = catalog.entries.find(({ catalogId }) => catalogId === request.catalogId);
				const entry = aliases.get(request.catalogId) ?? named;
				if (!entry) throw new ConnectError('no such entry', Code.NotFound);
				return { entry };
			},
			subscribe: (_, context) => {
				subscribers.push(context.requestHeader);
				return { subscriptionId: 'subscription' };
			},
			unsubscribe: () => ({}),
			reportBadSource: (report) => {
				reports.push(report);
				return {};
			},
		});
	});
	const refuse = () => {
		if (catalog.failure !== undefined) throw new ConnectError('refused', catalog.failure);
	};
	const catalog: DemoCatalog = {
		client: createClient(CatalogService, transport),
		searches,
		subscribers,
		reports,
		entries,
		lead: (catalogId, entry) => void aliases.set(catalogId, entry),
		failure: undefined,
	};
	return catalog;
}
