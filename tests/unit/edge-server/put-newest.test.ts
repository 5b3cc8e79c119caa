import { expect, it } from 'vitest';
import { putNewest } from '../../../edge-server/put-newest.ts';

it('forgets what was put longest ago, and nothing while there is room', () => {
	const map = new Map<string, number>();
	for (const [at, key] of ['one', 'two', 'three'].entries()) putNewest(map, key, at, 3);
	putNewest(map, 'one', 3, 3);
	expect([...map]).toEqual([
		['two', 1],
		['three', 2],
		['one', 3],
	]);
	putNewest(map, 'four', 4, 3);
	expect([...map.keys()]).toEqual(['three', 'one', 'four']);
});
