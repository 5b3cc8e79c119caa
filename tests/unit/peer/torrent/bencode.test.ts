import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDictionary, readBencode } from '../../../../peer/torrent/bencode.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { bencode } from '../../../support/torrent-bytes.ts';

const limits = { maxDepth: 4, maxValues: 20 };
const read = (text: string) => readBencode(Buffer.from(text, 'latin1'), limits);

function codeOf(run: () => unknown): string {
	try {
		run();
	} catch (caught) {
		return caught instanceof GiggityflixError ? caught.code : String(caught);
	}
	return 'no error';
}

describe('readBencode', () => {
	it('reads each kind of value', () => {
		expect(read('i0e')).toBe(0);
		expect(read('i-42e')).toBe(-42);
		expect(read(`i${Number.MAX_SAFE_INTEGER}e`)).toBe(Number.MAX_SAFE_INTEGER);
		expect(Buffer.from(read('3:a\0b') as Uint8Array).toString()).toBe('a\0b');
		expect(read('li1eli2eee')).toEqual([1, [2]]);
		const value = read('d1:ai1e1:bd1:ci2eee');
		expect(isDictionary(value) && value.entries.get('a')).toBe(1);
		const inner = isDictionary(value) ? value.entries.get('b') : undefined;
		expect(isDictionary(inner) && Buffer.from(inner.bytes).toString()).toBe('d1:ci2ee');
	});

	it.each([
		['nothing', ''],
		['minus zero', 'i-0e'],
		['a leading zero', 'i07e'],
		['a leading zero of a length', '01:a'],
		['no digits', 'ie'],
		['a plus', 'i+1e'],
		['a fraction', 'i1.5e'],
		['a number beyond 2^53', 'i9007199254740992e'],
		['a number of a hundred digits', `i${'9'.repeat(100)}e`],
		['a string beyond the end', '9:abc'],
		['a length beyond all memory', '9999999999999999:a'],
		['a negative length', '-1:a'],
		['a list without an end', 'li1e'],
		['a dictionary without an end', 'd1:ai1e'],
		['a key without a value', 'd1:ae'],
		['a key that is a number', 'di1ei2ee'],
		['keys out of order', 'd1:bi1e1:ai1ee'],
		['a key twice', 'd1:ai1e1:ai2ee'],
		['a key of a kilobyte and more', `d1025:${'k'.repeat(1025)}i1ee`],
		['bytes behind the end', 'i1ei2e'],
		['another letter', 'x'],
	])('refuses %s', (_, text) => {
		expect(codeOf(() => read(text))).toBe('invalid-argument');
	});

	it('stops at the limits, however long the input goes on', () => {
		expect(codeOf(() => read('lllleeee'))).toBe('no error');
		expect(codeOf(() => read('l'.repeat(1_000_000)))).toBe('resource-exhausted');
		expect(codeOf(() => read('d1:a'.repeat(100_000)))).toBe('resource-exhausted');
		expect(codeOf(() => read(`l${'0:'.repeat(19)}e`))).toBe('no error');
		expect(codeOf(() => read(`l${'0:'.repeat(20)}e`))).toBe('resource-exhausted');
	});

	it('copies nothing', () => {
		const bytes = Buffer.from('5:hello');
		expect((readBencode(bytes, limits) as Uint8Array).buffer).toBe(bytes.buffer);
	});

	it('reads whatever is written', () => {
		const plain = fc.letrec((tie) => ({
			value: fc.oneof(
				{ maxDepth: 3 },
				fc.maxSafeInteger(),
				fc.uint8Array({ maxLength: 30 }),
				fc.array(tie('value'), { maxLength: 4 }),
			),
		})).value as fc.Arbitrary<number | Uint8Array>;
		fc.assert(
			fc.property(plain, (value) => {
				const again = readBencode(bencode(value), { maxDepth: 32, maxValues: 10_000 });
				expect(bencode(again as number)).toEqual(bencode(value));
			}),
		);
	});

	it('ends on any bytes with a value or an error with a code', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
				const code = codeOf(() => readBencode(bytes, limits));
				expect(['no error', 'invalid-argument', 'resource-exhausted']).toContain(code);
			}),
			{ numRuns: 1000 },
		);
	});
});
