// Films go on where they were left, and only when they were left in the middle.
import { describe, expect, it } from 'vitest';
import { createResumePositions } from '../../../../web/lib/state/resume-positions.ts';

function memory(initial?: string) {
	let text = initial ?? null;
	return { getItem: () => text, setItem: (_: string, value: string) => void (text = value) };
}

describe('a position', () => {
	it('survives the page', () => {
		const storage = memory();
		createResumePositions(storage).remember('film', 1234.9, 5400);
		expect(createResumePositions(storage).positionOf('film')).toBe(1234);
		expect(createResumePositions(storage).positionOf('other')).toBe(0);
	});

	it.each([
		['the first seconds', 12],
		['the credits', 5300],
	])('is forgotten in %s', (_, seconds) => {
		const positions = createResumePositions(memory());
		positions.remember('film', 1000, 5400);
		positions.remember('film', seconds, 5400);
		expect(positions.positionOf('film')).toBe(0);
	});

	it('is kept for the films left last', () => {
		const positions = createResumePositions(memory());
		for (let index = 0; index < 310; index += 1) positions.remember(`film ${index}`, 100, 5400);
		expect(positions.positionOf('film 9')).toBe(0);
		expect(positions.positionOf('film 10')).toBe(100);
	});

	it.each(['not json', '{"a":1}', '[1,["film"],["film","x"]]'])('ignores %s', (text) => {
		expect(createResumePositions(memory(text)).positionOf('film')).toBe(0);
	});
});
