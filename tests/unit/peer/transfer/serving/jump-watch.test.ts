import { expect, it } from 'vitest';
import { createJumpWatch } from '../../../../../peer/transfer/serving/jump-watch.ts';

const mebibyte = 1024 * 1024;
const rangeOf = (offsetMebibytes: number, mebibytes = 1) => ({
	offsetBytes: offsetMebibytes * mebibyte,
	endBytes: (offsetMebibytes + mebibytes) * mebibyte,
});

it('takes the first range of each film for a beginning', () => {
	const watch = createJumpWatch(32);
	expect(watch.isJump('film', rangeOf(0))).toBe(true);
	expect(watch.isJump('other', rangeOf(0))).toBe(true);
	expect(watch.isJump('film', rangeOf(1))).toBe(false);
});

it('knows a jump, forwards and back, from playing on', () => {
	const watch = createJumpWatch(32);
	watch.isJump('film', rangeOf(0, 8));
	// A piece that came from elsewhere is left out, another is asked for twice.
	expect(watch.isJump('film', rangeOf(9))).toBe(false);
	expect(watch.isJump('film', rangeOf(8, 2))).toBe(false);
	expect(watch.isJump('film', rangeOf(500))).toBe(true);
	expect(watch.isJump('film', rangeOf(501))).toBe(false);
	expect(watch.isJump('film', rangeOf(0))).toBe(true);
});

it('remembers no more films than it may', () => {
	const watch = createJumpWatch(1);
	watch.isJump('film', rangeOf(0));
	watch.isJump('other', rangeOf(0));
	expect(watch.isJump('film', rangeOf(1))).toBe(true);
});
