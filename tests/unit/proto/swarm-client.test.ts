import { expect, it } from 'vitest';
import { createWatcherName, watcherPrefix } from '../../../proto/swarm-client.ts';

it('a watcher’s name says what it is and is one of very many', () => {
	const name = createWatcherName((target) => target.fill(7));
	expect(name).toHaveLength(20);
	expect(new TextDecoder().decode(name.subarray(0, 8))).toBe(watcherPrefix);
	expect([...name.subarray(8)]).toEqual(Array(12).fill(7));
});
