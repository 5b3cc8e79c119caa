// The Range header of RFC 9110 §14 for one range of a file of known size.

export type ByteRange =
	/** No range, several, another unit or nonsense: the whole file is answered, as §14.2 allows. */
	| { readonly kind: 'whole' }
	/** Both ends included. */
	| { readonly kind: 'part'; readonly start: number; readonly end: number }
	| { readonly kind: 'unsatisfiable' };

export function parseRange(header: string | null, sizeBytes: number): ByteRange {
	const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '');
	const [, first = '', last = ''] = match ?? [];
	if (match === null || (first === '' && last === '')) return { kind: 'whole' };
	if (first === '') {
		const suffixBytes = Number(last);
		if (suffixBytes === 0 || sizeBytes === 0) return { kind: 'unsatisfiable' };
		return { kind: 'part', start: Math.max(sizeBytes - suffixBytes, 0), end: sizeBytes - 1 };
	}
	const start = Number(first);
	const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
	if (last !== '' && Number(last) < start) return { kind: 'whole' };
	if (start >= sizeBytes) return { kind: 'unsatisfiable' };
	return { kind: 'part', start, end };
}
