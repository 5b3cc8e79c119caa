// How a library item looks to the network: the offer the edge is told, or none. Pure; texts are cut to the
// limits of the protocol here, so that no name on a disk can make an announcement fail.
import { create, toBinary } from '@bufbuild/protobuf';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import {
	FileOfferSchema,
	MediaFactsSchema,
	Visibility,
	type FileOffer,
	type MediaFacts,
} from '../../proto/gen/giggityflix/v1/media_pb.js';
import { maxFolderNameLength, maxTitleLength, maxTorrentNameLength } from '../../proto/limits.ts';
import type { ProbedFacts } from '../ports.ts';
import type { LibraryItem, Sharing, TorrentSummary } from './library-item.ts';

export interface PreparedOffer {
	readonly offer: FileOffer;
	/** Equal for offers that say the same. 128 bits of SHA-256, hexadecimal. */
	readonly fingerprint: string;
	readonly sizeOnWireBytes: number;
}

/** Longer is no MIME type or codec string in use. */
const maxTypeLength = 100;
const maxPixels = 65_535;
/** For a name made of nothing that can be shown. */
const namelessTitle = '?';

const visibilities: Record<Exclude<Sharing, 'private'>, Visibility> = {
	public: Visibility.PUBLIC,
	'link-only': Visibility.LINK_ONLY,
};

/** The offer of an item, or `undefined` for one that others must not or cannot have now. */
export function offerOfItem(
	item: LibraryItem,
	folder: { readonly sharing: Sharing; readonly name: string; readonly isReadable: boolean },
): PreparedOffer | undefined {
	if (folder.sharing === 'private' || !folder.isReadable) return undefined;
	if (item.presence.kind !== 'present' || item.removedAtMs !== undefined) return undefined;
	// An empty file is a download that has just begun; a later scan finds it grown.
	if (item.sizeBytes === 0) return undefined;
	const offer = create(FileOfferSchema, {
		offerId: item.offerId,
		title: plainText(item.title, maxTitleLength) || namelessTitle,
		sizeBytes: BigInt(item.sizeBytes),
		modifiedAtMs: BigInt(Math.max(0, Math.trunc(item.modifiedAtMs))),
		visibility: visibilities[folder.sharing],
		folder: plainText(folder.name, maxFolderNameLength),
		...(item.probe.kind === 'done' && { facts: factsOf(item.probe.facts) }),
		...(item.mediaId && { mediaId: hexToBytes(item.mediaId) }),
		...(folder.sharing === 'public' && item.torrent && { torrent: torrentOf(item, item.torrent) }),
		...(item.torrent && { piecesId: hexToBytes(item.torrent.piecesId) }),
		// Named once the edge holds it, so that nobody is sent to a picture that is not there yet.
		...(item.storedPosterId && { posterId: hexToBytes(item.storedPosterId) }),
		...(item.year !== undefined && { year: item.year }),
		...(item.season !== undefined && { season: item.season }),
		...(item.episode !== undefined && { episode: item.episode }),
	});
	const bytes = toBinary(FileOfferSchema, offer);
	return {
		offer,
		fingerprint: bytesToHex(sha256(bytes).subarray(0, 16)),
		sizeOnWireBytes: bytes.length,
	};
}

/** Sums up a set of offers, in any order: the exclusive or of their fingerprints. */
export function digestOfOffers(fingerprints: Iterable<string>): string {
	const sum = new Uint8Array(16);
	for (const fingerprint of fingerprints) {
		hexToBytes(fingerprint).forEach((byte, index) => {
			sum[index] = (sum[index] ?? 0) ^ byte;
		});
	}
	return bytesToHex(sum);
}

/** The name is that of the file, which everyone in the swarm learns anyway. */
function torrentOf({ path }: LibraryItem, { infoHash }: TorrentSummary) {
	const name = plainText(path.slice(path.lastIndexOf('/') + 1), maxTorrentNameLength);
	return { infoHash: hexToBytes(infoHash), name };
}

function factsOf(facts: ProbedFacts): MediaFacts {
	const durationMs = whole(facts.durationMs, Number.MAX_SAFE_INTEGER);
	const widthPx = whole(facts.widthPx, maxPixels);
	const heightPx = whole(facts.heightPx, maxPixels);
	return create(MediaFactsSchema, {
		// A probe may add "; codecs=…", which has its own fields here.
		mimeType: typeText(facts.mimeType.replace(/;.*$/s, '').trim(), /^[\w.+-]+\/[\w.+-]+$/),
		videoCodec: typeText(facts.videoCodec, /^[\w.+-]*$/),
		audioCodec: typeText(facts.audioCodec, /^[\w.+-]*$/),
		...(durationMs !== undefined && { durationMs: BigInt(durationMs) }),
		...(widthPx !== undefined && { widthPx }),
		...(heightPx !== undefined && { heightPx }),
	});
}

/** A number a probe found, rounded; absent when it makes no sense. */
function whole(value: number | undefined, max: number): number | undefined {
	if (value === undefined || !Number.isFinite(value) || value < 0 || value > max) return undefined;
	return Math.round(value);
}

function typeText(text: string, form: RegExp): string {
	return text.length <= maxTypeLength && form.test(text) ? text : '';
}

/** Only text: without controls and marks that turn the reading direction, no lone surrogate, cut. */
function plainText(text: string, maxLength: number): string {
	return text
		.replace(/\p{Surrogate}/gu, '\ufffd')
		.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/gu, ' ')
		.slice(0, maxLength)
		.replace(/\p{Surrogate}/gu, '')
		.trim();
}
