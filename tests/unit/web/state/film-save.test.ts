// What can be saved from a card of the catalog, and how that stands.
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { RunStage } from '../../../../peer/saves/save-run.ts';
import type { Save } from '../../../../peer/saves/saves.ts';
import { TorrentSchema } from '../../../../proto/gen/giggityflix/v1/media_pb.js';
import type { PeerId } from '../../../../proto/ids.ts';
import { savedFilmOf, savingOfEntry } from '../../../../web/lib/state/film-save.ts';
import { demoEntry } from '../../../support/web/demo-catalog.ts';

const publicKey = new Uint8Array(33).fill(2);
const unhashed = demoEntry('Harbour Lights', { publicKey, peerId: 'anna' });
const torrent = create(TorrentSchema, { infoHash: new Uint8Array(20), name: 'Harbour.mkv' });
const entry = { ...unhashed, torrent };
const viewer = 'ben' as PeerId;

describe('what is saved', () => {
	it('is the film of its only owner, under the name of their file', () => {
		expect(savedFilmOf(entry)).toEqual({
			thing: { kind: 'film', catalogId: entry.catalogId, ownerPublicKey: publicKey },
			fileName: 'Harbour.mkv',
		});
	});

	it('is nobody’s alone when several have it', () => {
		const owners = [...entry.owners, ...demoEntry('Harbour Lights').owners];
		expect(savedFilmOf({ ...entry, owners })?.thing).not.toHaveProperty('ownerPublicKey');
	});
});

describe('how it stands', () => {
	const savesAt = (kind?: RunStage['kind']) => ({
		find: () => (kind === undefined ? undefined : ({ stage: { kind } } as Save)),
	});

	it.each<[RunStage['kind'] | undefined, string]>([
		[undefined, 'possible'],
		['interrupted', 'possible'],
		['opening', 'begun'],
		['checking', 'begun'],
		['saving', 'begun'],
		['elsewhere', 'begun'],
		['saved', 'done'],
	])('is told for %s', (kind, saving) => {
		expect(savingOfEntry(entry, viewer, savesAt(kind))).toBe(saving);
	});

	it('is nothing to tell of a film that is here, or whose file has no name yet', () => {
		expect(savingOfEntry(entry, 'anna' as PeerId, savesAt())).toBeUndefined();
		expect(savingOfEntry(unhashed, viewer, savesAt())).toBeUndefined();
	});
});
