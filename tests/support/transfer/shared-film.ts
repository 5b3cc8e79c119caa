// One film of several owners, honest and otherwise, and a viewer who watches it. Sources are closed when their test is over.
import { onTestFinished } from 'vitest';
import { encodeInfoDictionary, piecesIdOf } from '../../../peer/hashing/info-dictionary.ts';
import type { OtherOwners, SourceShare, WatchSource } from '../../../peer/peer.ts';
import type { PieceShelves } from '../../../peer/transfer/pieces/piece-shelf.ts';
import { opfsPieceShelves } from '../../../web/lib/browser/opfs-piece-shelves.ts';
import type { MemoryDirectory } from '../web/memory-directory.ts';
import {
	createMemoryFile,
	filmId,
	offerMemoryFile,
	piecesOf,
	testBytes,
	type MemoryFile,
} from './offered-memory.ts';
import { watchDigests } from './running-digests.ts';
import { settle } from './sleeping-clock.ts';
import type { TestPeer } from './transfer-pair.ts';
import { createTransferWorld, type TransferWorld } from './transfer-world.ts';

export const mebibyte = 1024 * 1024;
export const film = testBytes(12 * mebibyte + 11);
export const content = piecesOf(film);
export const whole = { offsetBytes: 0, lengthBytes: film.length };

const digests = watchDigests();

export interface Owner extends TestPeer {
	readonly file: MemoryFile;
}

export interface SharedFilm extends TransferWorld {
	/** The viewer's page from now on: as if it was loaded anew. */
	openPage(options?: Parameters<TransferWorld['createPeer']>[0]): TestPeer;
	createOwner(name: string, file?: MemoryFile, said?: typeof content): Owner;
	/** Has the film, but for some bytes behind its beginning. */
	createLiar(name: string): Owner;
	/** From an owner the link names, and `others` as the catalog has them. */
	watch(believed: readonly TestPeer[], others?: OtherOwners): WatchSource;
	/** In the source that was opened last. */
	stateOf(owner: TestPeer): SourceShare['state'] | undefined;
	shelvesIn(directory: MemoryDirectory): PieceShelves;
	/** Lets links and digests do their work until the promise is settled. */
	within<Value>(promise: Promise<Value>, steps?: number): Promise<Value>;
}

export function createSharedFilm(): SharedFilm {
	const world = createTransferWorld();
	const { clock } = world;
	let viewer = world.createPeer();
	let source: WatchSource | undefined;

	function createOwner(name: string, file = createMemoryFile(film), said = content): Owner {
		const infoDictionary = encodeInfoDictionary({ ...said, name });
		const offeredFiles = offerMemoryFile(file, undefined, infoDictionary);
		return { ...world.createPeer({ offeredFiles }), file };
	}

	return {
		...world,
		openPage: (options) => (viewer = world.createPeer(options)),
		createOwner,
		createLiar(name) {
			const bytes = film.slice();
			for (let at = 3 * mebibyte; at < bytes.length; at += 100_000) bytes[at]! ^= 1;
			return createOwner(name, createMemoryFile(bytes));
		},
		watch(believed, others) {
			const opened = viewer.transfers.openRemote({
				catalogId: filmId,
				ownerPeerIds: believed.map(({ peerId }) => peerId),
				...(others && { others }),
			});
			onTestFinished(() => opened.close());
			opened.pictureShown();
			source = opened;
			return opened;
		},
		stateOf: (owner) =>
			source?.shares().find(({ from }) => from.kind === 'owner' && from.peerId === owner.peerId)
				?.state,
		shelvesIn: (directory) =>
			opfsPieceShelves({
				directory: async () => directory,
				quotaBytes: async () => 1e9,
				now: () => clock.now(),
			}),
		async within(promise, steps = 400) {
			const end = { isReached: false };
			const settled = promise.finally(() => (end.isReached = true));
			settled.catch(() => undefined);
			for (let step = 0; step < steps && !end.isReached; step += 1) {
				await clock.advance(50);
				await digests.settled();
			}
			if (!end.isReached) throw new Error('not settled in time');
			return settled;
		},
	};
}

export function othersOf(...peers: readonly TestPeer[]): OtherOwners {
	return {
		catalogId: filmId,
		peerIds: peers.map(({ peerId }) => peerId),
		piecesId: piecesIdOf(content),
	};
}

export const sentBy = (peer: TestPeer) => peer.transfers.serving().totalUploadedBytes;

export async function expectSoon(isSo: () => boolean): Promise<void> {
	while (!isSo()) await settle(1);
}
