// One announcement as it is kept and told: the offers it brings, column by column, and the ids of those that go. What is
// random in an offer, its id and hashes, stays as it is; the rest of a page is alike from offer to offer and is deflated
// together, which leaves a fifth of it. The pages of a peer, replayed in order, are what it offers. Pure.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { create } from '@bufbuild/protobuf';
import {
	FileOfferSchema,
	MediaFactsSchema,
	TorrentSchema,
	type FileOffer,
	type MediaFacts,
} from '../../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, OfferId, PeerId } from '../../proto/ids.ts';
import { ownIdOf } from '../own-ids.ts';
import { bytesOfId, packId, unpackId, writeId } from './redis-layout.ts';
import type { CatalogChange, StoredOffer } from './tracker-store.ts';

/** What changes among the offers of one peer. */
export type OfferChange = Pick<CatalogChange, 'upserted' | 'removed'>;

type Cell = string | number | null;
type Column = Cell | readonly Cell[];

/** Text shorter than this gains less from being deflated than that costs; it is, once pages are merged. */
const deflatedFromBytes = 1_024;

/** How one offer is written beside its id and hashes. A field of FileOffer that is missing here fails the tests. */
const columns: readonly ((stored: StoredOffer) => Cell)[] = [
	(stored) => (stored.catalogId === ownIdOf(stored) ? null : stored.catalogId),
	({ sequence }) => sequence,
	({ addedAtMs }) => addedAtMs,
	({ offer }) => offer.title,
	({ offer }) => numeral(offer.sizeBytes),
	({ offer }) => numeral(offer.modifiedAtMs),
	({ offer }) => offer.visibility,
	({ offer }) => offer.folder,
	({ offer }) => offer.year ?? null,
	({ offer }) => offer.season ?? null,
	({ offer }) => offer.episode ?? null,
	({ offer }) => offer.torrent?.name ?? null,
	({ offer }) => (offer.facts ? 1 : null),
	({ offer }) => (offer.facts?.durationMs === undefined ? null : numeral(offer.facts.durationMs)),
	({ offer }) => offer.facts?.widthPx ?? null,
	({ offer }) => offer.facts?.heightPx ?? null,
	({ offer }) => offer.facts?.mimeType ?? '',
	({ offer }) => offer.facts?.videoCodec ?? '',
	({ offer }) => offer.facts?.audioCodec ?? '',
	({ offer }) => offer.mediaId?.length ?? null,
	({ offer }) => offer.posterId?.length ?? null,
	({ offer }) => offer.piecesId?.length ?? null,
	({ offer }) => offer.torrent?.infoHash.length ?? null,
];

/** In the order of the last columns, which say how long they are. */
const hashesOf = ({ mediaId, posterId, piecesId, torrent }: FileOffer) => [
	mediaId,
	posterId,
	piecesId,
	torrent?.infoHash,
];
const hashCount = 4;

/** A number where that holds it. */
function numeral(value: bigint): Cell {
	const number = Number(value);
	return Number.isSafeInteger(number) ? number : String(value);
}

/** How an offer lies in a page. */
interface Row {
	/** In the order of `columns`. */
	readonly cells: readonly Cell[];
	/** Its id, then its hashes. */
	readonly random: Uint8Array;
}

/** A page, or what some say together; what is gone by its packed ids. */
interface Rows {
	readonly upserted: readonly Row[];
	readonly removed: readonly Uint8Array[];
}

/** One byte says whether the text is deflated, four how long it is; then the text, then what is random. */
const headBytes = 5;

export function packPage({ upserted, removed }: OfferChange): Buffer {
	return packRows({ upserted: upserted.map(rowOf), removed: removed.map(packId) });
}

function rowOf(stored: StoredOffer): Row {
	const hashes = hashesOf(stored.offer);
	const bytes = hashes.reduce((sum, hash) => sum + (hash?.length ?? 0), bytesOfId);
	const random = Buffer.allocUnsafe(bytes);
	writeId(random, 0, stored.offerId);
	let at = bytesOfId;
	for (const hash of hashes) {
		if (hash) random.set(hash, at);
		at += hash?.length ?? 0;
	}
	return { cells: columns.map((write) => write(stored)), random };
}

function packRows({ upserted, removed }: Rows): Buffer {
	const table = columns.map((_, at) => writeColumn(upserted, at));
	const text = Buffer.from(JSON.stringify([upserted.length, removed.length, ...table]));
	const isDeflated = text.length >= deflatedFromBytes;
	const written = isDeflated ? deflateRawSync(text) : text;
	const head = Buffer.allocUnsafe(headBytes);
	head.writeUInt8(isDeflated ? 1 : 0, 0);
	head.writeUInt32BE(written.length, 1);
	return Buffer.concat([head, written, ...removed, ...upserted.map(({ random }) => random)]);
}

/** What all offers of a page agree in is written once. */
function writeColumn(rows: readonly Row[], at: number): Column {
	const first = rows[0]?.cells[at] ?? null;
	const isSame = rows.every(({ cells }) => cells[at] === first);
	return isSame ? first : rows.map(({ cells }) => cells[at] ?? null);
}

export function unpackPage(peerId: PeerId, page: Buffer): OfferChange {
	return readRows(peerId, unpackRows(page));
}

function unpackRows(page: Buffer): Rows {
	const textEnd = headBytes + page.readUInt32BE(1);
	const packed = page.subarray(headBytes, textEnd);
	const text = page.readUInt8(0) === 1 ? inflateRawSync(packed) : packed;
	const [offerCount, removedCount, ...table] = JSON.parse(text.toString()) as [
		...[number, number],
		...Column[],
	];
	let at = textEnd;
	const take = (length: number) => page.subarray(at, (at += length));
	const removed = Array.from({ length: removedCount }, () => take(bytesOfId));
	const upserted = Array.from({ length: offerCount }, (_, row): Row => {
		const cells = table.map((column) => (column instanceof Array ? (column[row] ?? null) : column));
		const hashBytes = cells.slice(-hashCount).reduce<number>((sum, cell) => sum + Number(cell), 0);
		return { cells, random: take(bytesOfId + hashBytes) };
	});
	return { upserted, removed };
}

function readRows(peerId: PeerId, { upserted, removed }: Rows): OfferChange {
	return {
		upserted: upserted.map((row) => readRow(peerId, row)),
		removed: removed.map((id) => unpackId<OfferId>(id)),
	};
}

/** In the order of `columns`. */
type Cells = [
	catalogId: CatalogId | null,
	sequence: number,
	addedAtMs: number,
	title: string,
	sizeBytes: string | number,
	modifiedAtMs: string | number,
	visibility: FileOffer['visibility'],
	folder: string,
	year: number | null,
	season: number | null,
	episode: number | null,
	torrentName: string | null,
	hasFacts: 1 | null,
	...facts: FactCells,
	...hashBytes: [
		mediaId: number | null,
		posterId: number | null,
		piecesId: number | null,
		infoHash: number | null,
	],
];
type FactCells = [
	durationMs: string | number | null,
	widthPx: number | null,
	heightPx: number | null,
	mimeType: string,
	videoCodec: string,
	audioCodec: string,
];

function readRow(peerId: PeerId, { cells, random }: Row): StoredOffer {
	const [catalogId, sequence, addedAtMs, title, sizeBytes, modifiedAtMs, ...rest] =
		cells as unknown as Cells;
	const [visibility, folder, year, season, episode, torrentName, hasFacts, ...others] = rest;
	const [durationMs, widthPx, heightPx, mimeType, videoCodec, audioCodec, ...lengths] = others;
	const offerId = unpackId<OfferId>(random);
	const offer = create(FileOfferSchema, { offerId, title, visibility, folder });
	offer.sizeBytes = BigInt(sizeBytes);
	offer.modifiedAtMs = BigInt(modifiedAtMs);
	if (year !== null) offer.year = year;
	if (season !== null) offer.season = season;
	if (episode !== null) offer.episode = episode;
	if (hasFacts !== null) {
		offer.facts = readFacts([durationMs, widthPx, heightPx, mimeType, videoCodec, audioCodec]);
	}
	let at = bytesOfId;
	const hashes = lengths.map((length) =>
		length === null ? undefined : new Uint8Array(random.subarray(at, (at += length))),
	);
	const [mediaId, posterId, piecesId, infoHash] = hashes;
	if (mediaId) offer.mediaId = mediaId;
	if (posterId) offer.posterId = posterId;
	if (piecesId) offer.piecesId = piecesId;
	if (infoHash) offer.torrent = create(TorrentSchema, { infoHash, name: torrentName ?? '' });
	const ownId = catalogId ?? ownIdOf({ peerId, offerId });
	return { peerId, offerId, catalogId: ownId, sequence, addedAtMs, offer };
}

function readFacts(cells: FactCells): MediaFacts {
	const [durationMs, widthPx, heightPx, mimeType, videoCodec, audioCodec] = cells;
	const facts = create(MediaFactsSchema, { mimeType, videoCodec, audioCodec });
	if (durationMs !== null) facts.durationMs = BigInt(durationMs);
	if (widthPx !== null) facts.widthPx = widthPx;
	if (heightPx !== null) facts.heightPx = heightPx;
	return facts;
}

/** What some pages in a row say together. */
export function mergePages(peerId: PeerId, pages: readonly Buffer[]): OfferChange {
	return readRows(peerId, mergeRows(pages));
}

/** The same as a page; an empty one when it says nothing. Without what is gone where no page comes before these. */
export function packMergedPages(pages: readonly Buffer[], areFirst: boolean): Buffer {
	const { upserted, removed } = mergeRows(pages);
	const rows = { upserted, removed: areFirst ? [] : removed };
	const isEmpty = rows.upserted.length + rows.removed.length === 0;
	return isEmpty ? Buffer.of() : packRows(rows);
}

function mergeRows(pages: readonly Buffer[]): Rows {
	const upserted = new Map<string, Row>();
	const removed = new Map<string, Uint8Array>();
	for (const page of pages) {
		const rows = unpackRows(page);
		for (const row of rows.upserted) {
			const key = keyOf(row.random);
			upserted.set(key, row);
			removed.delete(key);
		}
		for (const id of rows.removed) {
			upserted.delete(keyOf(id));
			removed.set(keyOf(id), id);
		}
	}
	return { upserted: [...upserted.values()], removed: [...removed.values()] };
}

/** What the id is known by at the beginning of these bytes. */
function keyOf(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytesOfId).toString('latin1');
}

/**
 * From which page on they are worth being merged: a page is left alone while it is larger than twice all that came after
 * it. So an offer is written again a few times at most, and what is out of date stays below the half of everything.
 */
export function firstToMerge(pages: readonly Buffer[]): number {
	let first = pages.length;
	let bytesAfter = 0;
	for (let at = pages.length - 1; at >= 0; at -= 1) {
		const bytes = pages[at]?.length ?? 0;
		if (bytes <= 2 * bytesAfter || at === pages.length - 1) first = at;
		bytesAfter += bytes;
	}
	return first;
}
