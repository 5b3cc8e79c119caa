// Adding folders: what is said, and what a change of mind leads to.
import { describe, expect, it } from 'vitest';
import type { FolderId } from '../../../../peer/library/library-item.ts';
import type { FolderSource } from '../../../../peer/ports.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import {
	createFolderChooser,
	type FolderPicker,
} from '../../../../web/lib/state/folder-chooser.ts';
import { Toasts } from '../../../../web/lib/state/toasts.svelte.ts';
import { createDemoPeer, demoFolder } from '../../../support/web/demo-peer.ts';

const films: FolderSource = {
	name: 'Films',
	access: async () => 'granted',
	list: () => {
		throw new Error('not read here');
	},
	open: () => Promise.reject(new Error('not read here')),
	delete: () => Promise.reject(new Error('not read here')),
};

function world(picker: Partial<FolderPicker> = {}) {
	const peer = createDemoPeer();
	const toasts = new Toasts(() => undefined);
	const chooser = createFolderChooser(
		peer,
		{
			pickFolder: async () => films,
			foldersFromDrop: async () => [films],
			requestAccess: async () => 'granted',
			...picker,
		},
		toasts,
	);
	return { peer, toasts, chooser };
}

describe('a new folder', () => {
	it('is added, with who can see it and one click to change that', async () => {
		const { chooser, peer, toasts } = world();
		expect(await chooser.choose()).toBe(true);
		expect(toasts.list[0]?.text).toBe('Everyone on this server can find the films in “Films”.');
		toasts.list[0]?.action?.run();
		expect(peer.calls).toEqual(['addFolder Films', 'setFolderSharing folder-Films link-only']);
	});

	it('that is there already is only searched again', async () => {
		const { chooser, peer, toasts } = world();
		peer.change({ folders: [demoFolder('Films')] });
		await chooser.choose();
		expect(toasts.list[0]?.text).toContain('Looking for changes');
	});

	it('is no folder when the person changed their mind', async () => {
		const { chooser, toasts } = world({ pickFolder: async () => undefined });
		expect(await chooser.choose()).toBe(false);
		expect(toasts.list).toEqual([]);
	});

	it('that cannot be added is told of', async () => {
		const { chooser, toasts } = world({
			pickFolder: () => Promise.reject(new GiggityflixError('permission-denied', 'no')),
		});
		expect(await chooser.choose()).toBe(false);
		expect(toasts.list[0]?.text).toBe('The folder was not added: not allowed to read it.');
	});

	it('was not in a drop of something else', async () => {
		const { chooser, toasts } = world({ foldersFromDrop: async () => [] });
		expect(await chooser.drop(undefined as unknown as DataTransfer)).toBe(false);
		expect(toasts.list[0]?.text).toContain('no folder');
	});
});

describe('a known folder', () => {
	const folderId = 'folder-Films' as FolderId;

	it('needs nothing more once the browser has been asked', async () => {
		const { chooser, peer } = world();
		await chooser.reconnect(folderId);
		expect(peer.calls).toEqual([]);
	});

	it('is picked again when this browser cannot get it back', async () => {
		const { chooser, peer } = world({ requestAccess: async () => 'lost' });
		await chooser.reconnect(folderId);
		expect(peer.calls[0]).toMatch(/^reconnectFolder folder-Films/);
	});
});
