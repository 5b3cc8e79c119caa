import { expect, test } from 'vitest';
import { createBoundedMap } from '../../../../peer/transfer/bounded-map.ts';

test('the oldest entry makes room, one that was set again is young', () => {
	const map = createBoundedMap<string, number>(2);
	map.set('a', 1);
	map.set('b', 2);
	map.set('a', 3);
	map.set('c', 4);
	expect(map.get('a')).toBe(3);
	expect(map.has('b')).toBe(false);
	expect(map.get('c')).toBe(4);
	map.delete('c');
	expect(map.has('c')).toBe(false);
});
