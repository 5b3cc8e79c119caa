// Settings are saved through the peer; the phrase is in memory only while it is shown.
import { describe, expect, it } from 'vitest';
import { PeerState } from '../../../../web/lib/state/peer-state.svelte.ts';
import { normalizePhrase, parseExtensions } from '../../../../web/lib/state/settings-input.ts';
import { SettingsState } from '../../../../web/lib/state/settings-state.svelte.ts';
import { Toasts } from '../../../../web/lib/state/toasts.svelte.ts';
import { createDemoPeer } from '../../../support/web/demo-peer.ts';

function world() {
	const peer = createDemoPeer();
	const toasts = new Toasts(() => undefined);
	return { peer, toasts, settings: new SettingsState(peer, new PeerState(peer), toasts) };
}

describe('settings', () => {
	it('are those of the peer', async () => {
		const { settings } = world();
		expect(await settings.save({ displayName: 'Anna' })).toBe(true);
		expect(settings.settings.displayName).toBe('Anna');
	});

	it('say when they could not be saved', async () => {
		const { settings, peer, toasts } = world();
		peer.updateSettings = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
		expect(await settings.save({ displayName: 'Anna' })).toBe(false);
		expect(toasts.list[0]?.text).toBe('The setting was not saved: no room left on this device.');
	});
});

describe('the phrase', () => {
	it('is there only while it is shown', async () => {
		const { settings } = world();
		expect(settings.phrase).toBeUndefined();
		await settings.revealPhrase();
		expect(settings.phrase?.split(' ')).toHaveLength(12);
		settings.hidePhrase();
		expect(settings.phrase).toBeUndefined();
	});

	it('is taken numbered, in lines and in capitals', async () => {
		const words = Array.from(
			{ length: 12 },
			(_, index) => `${index + 1}. Word${'x'.repeat(index)}`,
		);
		const { settings, peer } = world();
		expect(await settings.restorePhrase(words.join('\n'))).toBe(true);
		expect(peer.calls[0]).toBe(`restorePhrase ${normalizePhrase(words.join(' '))}`);
		expect(peer.calls[0]).not.toMatch(/[A-Z\d.]{2}/);
	});

	it('is refused in words when it is none', async () => {
		const { settings, toasts } = world();
		expect(await settings.restorePhrase('one two')).toBe(false);
		expect(toasts.list[0]?.text).toContain('not the words of an identity');
	});
});

describe('extensions', () => {
	it.each([
		['.MP4, mkv .avi;.mp4', ['.mp4', '.mkv', '.avi']],
		['', []],
	])('"%s" is read as a list', (text, extensions) => {
		expect(parseExtensions(text)).toEqual(extensions);
	});
});
