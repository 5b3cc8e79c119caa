// The arithmetic of HTTP range requests (RFC 9110 §14), for the service worker that answers a player.
// Pure: a header and a size in, a decision out. Several ranges in one header are answered with the
// whole, which §14.2 allows and no player asks for.
import type { ByteRange } from '../byte-source.ts';

export type RangeDecision =
	/** 200 with everything: no range, or a header to be ignored (§14.2). */
	| { readonly kind: 'full' }
	/** 206 with this part; never empty. */
	| { readonly kind: 'partial'; readonly range: Pick<ByteRange, 'offsetBytes' | 'lengthBytes'> }
	/** 416. */
	| { readonly kind: 'unsatisfiable' };

const singleRange = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

export function decideRange(header: string | null, sizeBytes: number): RangeDecision {
	const match = singleRange.exec(header ?? '');
	const first = match?.[1] ?? '';
	const last = match?.[2] ?? '';
	if (first === '' && last === '') return { kind: 'full' };
	if (first === '') return decideSuffix(Number(last), sizeBytes);
	return decideFromFirst(Number(first), last === '' ? Infinity : Number(last), sizeBytes);
}

/** `bytes=-n`: the last n bytes. Of an empty file it is satisfiable, but a 206 cannot say "no bytes". */
function decideSuffix(suffixLength: number, sizeBytes: number): RangeDecision {
	if (suffixLength === 0) return { kind: 'unsatisfiable' };
	if (sizeBytes === 0) return { kind: 'full' };
	const lengthBytes = Math.min(suffixLength, sizeBytes);
	return { kind: 'partial', range: { offsetBytes: sizeBytes - lengthBytes, lengthBytes } };
}

function decideFromFirst(first: number, last: number, sizeBytes: number): RangeDecision {
	if (last < first) return { kind: 'full' };
	if (first >= sizeBytes) return { kind: 'unsatisfiable' };
	const lengthBytes = Math.min(last, sizeBytes - 1) - first + 1;
	return { kind: 'partial', range: { offsetBytes: first, lengthBytes } };
}
