// Offers for tests: good ones, numbered.
import { create } from '@bufbuild/protobuf';
import {
	FileOfferSchema,
	Visibility,
	type FileOffer,
} from '../../proto/gen/giggityflix/v1/media_pb.js';

const digits = 'abcdefghijklmnopqrstuvwxyz234567';

/** A well-formed offer id that starts with its number, so that ids differ in their first digits. */
export function offerId(number: number): string {
	const low = digits[number % 32]!;
	const middle = digits[Math.floor(number / 32) % 32]!;
	const high = digits[Math.floor(number / 1024) % 32]!;
	return `${high}${middle}${low}`.padEnd(26, 'a');
}

export function offer(number: number, changes: Partial<FileOffer> = {}): FileOffer {
	return create(FileOfferSchema, {
		offerId: offerId(number),
		title: `Film ${number}`,
		sizeBytes: 1_000n,
		modifiedAtMs: 1_700_000_000_000n,
		visibility: Visibility.PUBLIC,
		folder: 'Films',
		...changes,
	});
}
