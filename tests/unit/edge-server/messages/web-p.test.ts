import { describe, expect, it } from 'vitest';
import { isWebP } from '../../../../edge-server/messages/web-p.ts';
import { webP } from '../../../support/web-p.ts';

describe('isWebP', () => {
	it('knows a WebP container, also inside a larger buffer', () => {
		expect(isWebP(webP(20))).toBe(true);
		const padded = new Uint8Array(40);
		padded.set(webP(20), 10);
		expect(isWebP(padded.subarray(10, 30))).toBe(true);
	});

	it.each([
		['nothing', new Uint8Array()],
		['a cut header', webP(20).subarray(0, 11)],
		['a cut picture', webP(20).subarray(0, 18)],
		['a picture with something behind it', Uint8Array.of(...webP(20), 60, 62)],
		['a wave file', webP(20).map((byte, index) => (index === 11 ? 0x41 : byte))],
		['a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13)],
		['HTML', new TextEncoder().encode('<script>alert(1)</script>')],
	])('is not fooled by %s', (_, bytes) => {
		expect(isWebP(bytes)).toBe(false);
	});
});
