// Where a page of a search ended, as text that a viewer carries. It holds the sort key of the last entry,
// not its position, so that the next page goes on right behind it whatever came or went meanwhile.
import { z } from 'zod';
import { GiggityflixError } from '../../proto/errors.ts';

export const searchOrders = ['relevance', 'newest', 'title', 'longest'] as const;
export type SearchOrderName = (typeof searchOrders)[number];

/** What entries are sorted by. */
export interface SortKey {
	readonly title: string;
	readonly addedAtMs: number;
	readonly durationMs: number;
	readonly catalogId: string;
}

export interface SearchCursor {
	readonly order: SearchOrderName;
	/** Relevance of the last entry; 0 in the other orders. */
	readonly score: number;
	readonly key: SortKey;
}

const shape = z.tuple([
	z.enum(searchOrders),
	z.number().int().nonnegative(),
	z.string(),
	z.number(),
	z.number(),
	z.string(),
]);

export function writeCursor({ order, score, key }: SearchCursor): string {
	const fields: z.infer<typeof shape> = [
		order,
		score,
		key.title,
		key.addedAtMs,
		key.durationMs,
		key.catalogId,
	];
	return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

/** Throws `invalid-argument` for a text that is no cursor, or one of another order. */
export function readCursor(text: string, order: SearchOrderName): SearchCursor {
	const fields = shape.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
	if (!fields.success || fields.data[0] !== order) {
		throw new GiggityflixError('invalid-argument', 'the page cursor is not one of this search');
	}
	const [, score, title, addedAtMs, durationMs, catalogId] = fields.data;
	return { order, score, key: { title, addedAtMs, durationMs, catalogId } };
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
