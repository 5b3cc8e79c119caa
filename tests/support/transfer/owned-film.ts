// A film at one owner, and a viewer who opens it. Sources are closed when their test is over.
import { onTestFinished } from 'vitest';
import type { WatchSource } from '../../../peer/peer.ts';
import type { Compression } from '../../../peer/ports.ts';
import { createMemoryFile, filmId, offerMemoryFile, type MemoryFile } from './offered-memory.ts';
import type { TestPeer } from './transfer-pair.ts';
import { createTransferWorld, type TransferWorld } from './transfer-world.ts';

export interface OwnedFilm extends TransferWorld {
	readonly file: MemoryFile;
	readonly owner: TestPeer;
	readonly viewer: TestPeer;
	/** Offers a copy of the film. */
	createOwner(file: MemoryFile): TestPeer;
	/** A source without a picture so far. */
	openSource(owners?: readonly TestPeer[]): WatchSource;
	/** A source whose picture is there. */
	watch(owners?: readonly TestPeer[]): WatchSource;
}

export function createOwnedFilm(
	film: Uint8Array,
	able: { readonly ofOwner?: Compression; readonly ofViewer?: Compression } = {},
): OwnedFilm {
	const world = createTransferWorld();
	const file = createMemoryFile(film);
	const createOwner = (offered: MemoryFile) =>
		world.createPeer({
			offeredFiles: offerMemoryFile(offered),
			...(able.ofOwner && { compression: able.ofOwner }),
		});
	const owner = createOwner(file);
	const viewer = world.createPeer(able.ofViewer && { compression: able.ofViewer });

	function openSource(owners: readonly TestPeer[] = [owner]): WatchSource {
		const source = viewer.transfers.openRemote({
			catalogId: filmId,
			ownerPeerIds: owners.map(({ peerId }) => peerId),
		});
		onTestFinished(() => source.close());
		return source;
	}

	return {
		...world,
		...{ file, owner, viewer, createOwner, openSource },
		watch(owners) {
			const source = openSource(owners);
			source.pictureShown();
			return source;
		},
	};
}
