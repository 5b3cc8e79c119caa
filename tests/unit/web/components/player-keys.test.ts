// The keys of the player.
import { describe, expect, it } from 'vitest';
import { commandOfKey, speedAfter } from '../../../../web/lib/components/player-keys.ts';

const press = (key: string, focus: 'page' | 'button' | 'slider' | 'text' = 'page') =>
	commandOfKey({ key, hasModifier: false, focus });

describe('a key', () => {
	it.each([
		[' ', { kind: 'toggle-play' }],
		['K', { kind: 'toggle-play' }],
		['j', { kind: 'seek-by', seconds: -10 }],
		['ArrowRight', { kind: 'seek-by', seconds: 5 }],
		['ArrowUp', { kind: 'change-volume', by: 0.1 }],
		['7', { kind: 'seek-to-share', share: 0.7 }],
		['>', { kind: 'change-speed', steps: 1 }],
	])('"%s" commands the player', (key, command) => expect(press(key)).toEqual(command));

	it('belongs to what has the focus', () => {
		expect(press('k', 'text')).toBeUndefined();
		expect(press(' ', 'button')).toBeUndefined();
		expect(press('ArrowLeft', 'slider')).toBeUndefined();
		expect(press('f', 'slider')).toEqual({ kind: 'toggle-fullscreen' });
	});

	it('with a modifier belongs to the browser', () => {
		expect(commandOfKey({ key: 'f', hasModifier: true, focus: 'page' })).toBeUndefined();
	});

	it('without a meaning is left alone', () => {
		for (const key of ['q', 'Enter', 'Escape', 'constructor', 'toString'])
			expect(press(key)).toBeUndefined();
	});
});

describe('speed', () => {
	it('goes step by step and stops at the ends', () => {
		expect(speedAfter(1, 1)).toBe(1.25);
		expect(speedAfter(1.1, -1)).toBe(0.75);
		expect(speedAfter(2, 1)).toBe(2);
		expect(speedAfter(0.5, -1)).toBe(0.5);
	});
});
