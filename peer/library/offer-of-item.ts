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
import { maxFolderNameLength, maxTitleLength } from '../../proto/limits.ts';
import type { ProbedFacts } from '../ports.ts';
import type { LibraryItem, Sharing } from './library-item.ts';

export interface PreparedOffer {
	readonly offer: FileOffer;
	/** Equal for offers that say the same. 128 bits of SHA-256, hexadecimal. */
	readonly fingerprint: string;
	readonly sizeOnWireBytes: number;
}

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
	const offer = create(FileOfferSchema, {
		offerId: item.offerId,
		title: cut(item.title, maxTitleLength),
		sizeBytes: BigInt(item.sizeBytes),
		modifiedAtMs: BigInt(Math.max(0, Math.trunc(item.modifiedAtMs))),
		visibility: visibilities[folder.sharing],
		folder: cut(folder.name, maxFolderNameLength),
		...(item.probe.kind === 'done' && { facts: factsOf(item.probe.facts) }),
		...(item.mediaId && { mediaId: hexToBytes(item.mediaId) }),
		...(item.poster.kind === 'done' && { posterId: hexToBytes(item.poster.posterId) }),
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

function factsOf(facts: ProbedFacts): MediaFacts {
	return create(MediaFactsSchema, {
		mimeType: cut(facts.mimeType, 100),
		videoCodec: cut(facts.videoCodec, 100),
		audioCodec: cut(facts.audioCodec, 100),
		...(facts.durationMs !== undefined && { durationMs: BigInt(Math.round(facts.durationMs)) }),
		...(facts.widthPx !== undefined && { widthPx: Math.round(facts.widthPx) }),
		...(facts.heightPx !== undefined && { heightPx: Math.round(facts.heightPx) }),
	});
}

/** At most that many UTF-16 units and no lone surrogate: protobuf strings are valid UTF-8. */
function cut(text: string, maxLength: number): string {
	return text
		.replace(/\p{Surrogate}/gu, '\ufffd')
		.slice(0, maxLength)
		.replace(/\p{Surrogate}/gu, '');
}
