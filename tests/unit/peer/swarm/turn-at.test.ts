// Whose turn it is to bring a piece in.
import { expect, test } from 'vitest';
import { turnAt } from '../../../../peer/swarm/turn-at.ts';

const names = [
	'2d5757303130302d61',
	'2d5757303130302d62',
	'2d5757303130302d63',
	'2d5757303130302d64',
];

/** The turn of each, who have all pieces before `piece`. */
function turns(piece: number): number[] {
	const all = names.map((name) => ({ name, has: (index: number) => index < piece }));
	return names.map((own) =>
		turnAt(
			piece,
			own,
			all.filter(({ name }) => name !== own),
		),
	);
}

test('everybody works out the same order', () => {
	for (let piece = 1; piece < 200; piece += 1) {
		expect(turns(piece).toSorted()).toEqual([0, 1, 2, 3]);
	}
});

test('everybody comes first about as often', () => {
	const firsts = names.map(() => 0);
	for (let piece = 1; piece <= 1000; piece += 1) {
		const first = turns(piece).indexOf(0);
		firsts[first] = (firsts[first] ?? 0) + 1;
	}
	for (const count of firsts) expect(Math.abs(count - 250)).toBeLessThan(60);
});

test('whoever has the piece, or is elsewhere in the film, has no turn', () => {
	const [own = '', ...others] = names;
	for (let piece = 100; piece < 120; piece += 1) {
		const has = (test: (index: number) => boolean) => others.map((name) => ({ name, has: test }));
		expect(
			turnAt(
				piece,
				own,
				has(() => true),
			),
		).toBe(0);
		expect(
			turnAt(
				piece,
				own,
				has(() => false),
			),
		).toBe(0);
		expect(
			turnAt(
				piece,
				own,
				has((index) => index < 60),
			),
		).toBe(0);
		expect(
			turnAt(
				piece,
				own,
				has((index) => index > piece),
			),
		).toBe(0);
	}
});
