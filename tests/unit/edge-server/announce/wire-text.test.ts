import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	detach,
	fromWireText,
	toBinaryText,
	toWireText,
} from '../../../../edge-server/announce/wire-text.ts';

const bytes = fc
	.uint8Array({ minLength: 20, maxLength: 20 })
	.map((array) => Buffer.from(array).toString('latin1'));

describe('wire text', () => {
	it('comes back as it was, whatever the characters, with one character a byte', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), (text) => {
				const wire = toWireText(text);
				expect(fromWireText(wire)).toBe(text);
				expect(detach(wire)).toBe(wire);
				expect(wire).toHaveLength(Buffer.byteLength(text));
			}),
		);
	});

	it('writes 20 bytes as the inside of a JSON string', () => {
		fc.assert(
			fc.property(bytes, (text) => {
				const wire = toBinaryText(text);
				expect(JSON.parse(`"${fromWireText(wire!)}"`)).toBe(text);
			}),
		);
	});

	it.each([
		['too short', 'x'.repeat(19)],
		['too long', 'x'.repeat(21)],
		['beyond a byte', 'x'.repeat(19) + 'Ā'],
		['no text', 20],
		['nothing', undefined],
	])('is no binary text: %s', (_, value) => {
		expect(toBinaryText(value)).toBeUndefined();
	});
});
