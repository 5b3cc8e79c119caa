import { expect, it } from 'vitest';
import { eventOf } from '../../../../edge-server/announce/announce-message.ts';

it.each([
	['started', 'started'],
	['stopped', 'stopped'],
	['completed', 'completed'],
	['update', 'update'],
	['paused', 'update'],
	[null, 'update'],
	[undefined, 'update'],
	['Started', undefined],
	['constructor', undefined],
	[0, undefined],
])('reads the event %s as %s', (name, event) => {
	expect(eventOf(name)).toBe(event);
});
