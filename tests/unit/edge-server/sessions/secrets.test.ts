import { describe, expect, it } from 'vitest';
import { isSameSecret, randomSecret } from '../../../../edge-server/sessions/secrets.ts';
import { createCountingBytes } from '../../../support/edge-world.ts';

describe('isSameSecret', () => {
	it.each([
		['secret', 'secret', true],
		['secret', 'secreT', false],
		['secret', 'secret ', false],
		['', 'secret', false],
	])('of %j and %j is %s', (shown, expected, isSame) => {
		expect(isSameSecret(shown, expected)).toBe(isSame);
	});
});

describe('randomSecret', () => {
	it('is 256 bits that fit in a header, new each time', () => {
		const randomBytes = createCountingBytes();
		const [one, other] = [randomSecret(randomBytes), randomSecret(randomBytes)];
		expect(one).toMatch(/^[\w-]{43}$/);
		expect(other).not.toBe(one);
	});
});
