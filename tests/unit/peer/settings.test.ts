import { describe, expect, it } from 'vitest';
import { changeSettings, defaultSettings } from '../../../peer/settings.ts';

describe('changeSettings', () => {
	it('tidies what a person types', () => {
		expect(
			changeSettings(defaultSettings, {
				displayName: `  Ripley ${'x'.repeat(100)}`,
				includeExtensions: ['MKV', ' .mp4 ', '..mkv', ''],
				scanIntervalMinutes: 1.4,
			}),
		).toEqual({
			...defaultSettings,
			displayName: `Ripley ${'x'.repeat(53)}`,
			includeExtensions: ['.mkv', '.mp4'],
			scanIntervalMinutes: 1,
		});
	});

	it.each([
		[{ includeExtensions: [] }],
		[{ includeExtensions: ['../x'] }],
		[{ scanIntervalMinutes: -1 }],
		[{ scanIntervalMinutes: Number.NaN }],
		[{ maxUploadKbps: Number.POSITIVE_INFINITY }],
	])('refuses %j', (changes) => {
		expect(() => changeSettings(defaultSettings, changes)).toThrow(
			expect.objectContaining({ code: 'invalid-argument' }),
		);
	});
});
