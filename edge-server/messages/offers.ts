// What an offer must be: every field within its limit, every text only text. What passes is a copy made of
// known fields, so that nothing else reaches the bus. Pure; knows nothing of announcements.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	FileOfferSchema,
	MediaFactsSchema,
	TorrentSchema,
	Visibility,
	type FileOffer,
	type MediaFacts,
	type Torrent,
} from '../../proto/gen/giggityflix/v1/media_pb.js';
import { parseOfferId } from '../../proto/ids.ts';
import {
	maxFolderNameLength,
	maxOffersPerPage,
	maxTitleLength,
	maxTorrentNameLength,
} from '../../proto/limits.ts';
import { plainText } from './plain-text.ts';

const sha256Bytes = 32;
/** A SHA-1. */
const infoHashBytes = 20;
/** Largest number a peer's JavaScript counts exactly; nine petabytes. */
const maxSizeBytes = BigInt(Number.MAX_SAFE_INTEGER);
/** Largest time a Date holds. */
const maxTimeMs = 8_640_000_000_000_000n;
const maxPixels = 65_535;
/** MIME types and RFC 6381 codec strings are short; the longest in use have about 60 characters. */
const maxTypeLength = 100;
const mimeType = /^[\w.+-]+\/[\w.+-]+$/;
const codec = /^[\w.+-]*$/;

/** The offers of one page or delta. Throws `invalid-argument` or, for too many, `resource-exhausted`. */
export function readOffers(offers: readonly FileOffer[]): FileOffer[] {
	if (offers.length > maxOffersPerPage) {
		throw new GiggityflixError(
			'resource-exhausted',
			`more than ${maxOffersPerPage} offers in a page`,
		);
	}
	const ids = new Set(offers.map((offer) => offer.offerId));
	if (ids.size < offers.length) throw invalid('an offer is there twice in one page');
	return offers.map(readOffer);
}

/** One offer, clean. Throws `invalid-argument`. */
export function readOffer(offer: FileOffer): FileOffer {
	const { sizeBytes, modifiedAtMs, visibility, facts, mediaId, piecesId, posterId, torrent } =
		offer;
	const { year, season, episode } = offer;
	const offerId = parseOfferId(offer.offerId);
	const title = plainText(offer.title, 'title', maxTitleLength);
	if (title === '') throw invalid('an offer has no title');
	if (sizeBytes === 0n || sizeBytes > maxSizeBytes) throw invalid('size out of range');
	if (modifiedAtMs > maxTimeMs) throw invalid('modification time out of range');
	if (visibility !== Visibility.PUBLIC && visibility !== Visibility.LINK_ONLY) {
		throw invalid('an offer has no visibility');
	}
	return create(FileOfferSchema, {
		offerId,
		title,
		sizeBytes,
		modifiedAtMs,
		visibility,
		folder: plainText(offer.folder, 'folder name', maxFolderNameLength),
		...(facts && { facts: readFacts(facts) }),
		...(torrent && { torrent: readTorrent(torrent, visibility) }),
		...(mediaId && { mediaId: digest(mediaId, 'media id') }),
		...(piecesId && { piecesId: digest(piecesId, 'pieces id') }),
		...(posterId && { posterId: digest(posterId, 'poster id') }),
		...(year !== undefined && { year: upTo(9_999, year, 'year') }),
		...(season !== undefined && { season: upTo(9_999, season, 'season') }),
		...(episode !== undefined && { episode: upTo(99_999, episode, 'episode') }),
	});
}

function readFacts(facts: MediaFacts): MediaFacts {
	const { durationMs, widthPx, heightPx } = facts;
	if (durationMs !== undefined && durationMs > maxSizeBytes) throw invalid('duration out of range');
	return create(MediaFactsSchema, {
		mimeType: typeText(facts.mimeType, mimeType, 'MIME type'),
		videoCodec: typeText(facts.videoCodec, codec, 'video codec'),
		audioCodec: typeText(facts.audioCodec, codec, 'audio codec'),
		...(durationMs !== undefined && { durationMs }),
		...(widthPx !== undefined && { widthPx: upTo(maxPixels, widthPx, 'width') }),
		...(heightPx !== undefined && { heightPx: upTo(maxPixels, heightPx, 'height') }),
	});
}

/** A swarm is open to everyone, so it is of a public file or refused. */
function readTorrent({ infoHash, name }: Torrent, visibility: Visibility): Torrent {
	if (visibility !== Visibility.PUBLIC) throw invalid('a torrent of a file that is not public');
	if (infoHash.length !== infoHashBytes) throw invalid('malformed info hash');
	return create(TorrentSchema, { infoHash, name: plainText(name, 'name', maxTorrentNameLength) });
}

function typeText(text: string, form: RegExp, what: string): string {
	if (text === '' || (text.length <= maxTypeLength && form.test(text))) return text;
	throw invalid(`malformed ${what}`);
}

function digest(bytes: Uint8Array, what: string): Uint8Array {
	if (bytes.length === sha256Bytes) return bytes;
	throw invalid(`malformed ${what}`);
}

function upTo(max: number, value: number, what: string): number {
	if (value <= max) return value;
	throw invalid(`${what} out of range`);
}

function invalid(message: string): GiggityflixError {
	return new GiggityflixError('invalid-argument', message);
}
