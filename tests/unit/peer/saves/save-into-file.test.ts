import { beforeEach, describe, expect, test } from 'vitest';
import type { PartFile } from '../../../../peer/saves/save-ports.ts';
import { saveIntoFile } from '../../../../peer/saves/save-into-file.ts';
import { maxWindowBytes } from '../../../../peer/transfer/viewing/incoming-range.ts';
import { highWaterBytes } from '../../../../peer/transfer/serving/range-sender.ts';
import { createMemoryPart, type MemoryPart } from '../../../support/saves/memory-saves.ts';
import {
	createMemoryFile,
	filmId,
	offerMemoryFile,
	testBytes,
} from '../../../support/transfer/offered-memory.ts';
import { settle, type SleepingClock } from '../../../support/transfer/sleeping-clock.ts';
import type { TestPeer } from '../../../support/transfer/transfer-pair.ts';
import { createTransferWorld } from '../../../support/transfer/transfer-world.ts';

const mebibyte = 1024 * 1024;
const film = testBytes(24 * mebibyte + 11);
/** What waits for one reader, what the owner has handed to the network, and head and end, which a source keeps. */
const mostHeldBytes = maxWindowBytes + highWaterBytes + mebibyte;

/** A disk that takes a write when the test says so. */
function slowDisk(memory: MemoryPart) {
	let takenBytes = 0;
	let take: (() => void) | undefined;
	const part: PartFile = {
		...memory,
		async open(keptBytes) {
			const writer = await memory.open(keptBytes);
			return {
				close: () => writer.close(),
				async write(bytes) {
					if (take) throw new Error('the disk is still at the last one');
					await new Promise<void>((resolve) => (take = resolve));
					await writer.write(bytes);
					takenBytes += bytes.length;
				},
			};
		},
	};
	return {
		part,
		takenBytes: () => takenBytes,
		/** What waits, if anything does. */
		takeOne(): void {
			const taking = take;
			take = undefined;
			taking?.();
		},
	};
}

describe('a slow disk', () => {
	let clock: SleepingClock;
	let owner: TestPeer;
	let memory: MemoryPart;
	let disk: ReturnType<typeof slowDisk>;
	let saving: Promise<void>;

	const heldBytes = () => owner.transfers.serving().totalUploadedBytes - disk.takenBytes();

	beforeEach(async () => {
		const world = createTransferWorld();
		clock = world.clock;
		owner = world.createPeer({ offeredFiles: offerMemoryFile(createMemoryFile(film)) });
		const viewer = world.createPeer();
		const target = { catalogId: filmId, ownerPeerIds: [owner.peerId] };
		const source = viewer.transfers.openRemote(target);
		source.pictureShown();
		memory = createMemoryPart();
		disk = slowDisk(memory);
		const { signal } = new AbortController();
		const { sizeBytes } = await source.open(signal);
		saving = saveIntoFile({
			...{ part: disk.part, source, sizeBytes, resume: undefined, signal },
			onChecked: () => undefined,
			onWritten: () => undefined,
			onPlaced: async () => undefined,
		});
	});

	test('holds the owner back while it takes nothing', async () => {
		await clock.advance(10_000);
		expect(disk.takenBytes()).toBe(0);
		expect(heldBytes()).toBeGreaterThan(0);
		expect(heldBytes()).toBeLessThanOrEqual(mostHeldBytes);
	});

	test('gets the whole film, and no more than a few mebibytes ever wait for it', async () => {
		let mostBytes = 0;
		while (disk.takenBytes() < film.length) {
			await settle();
			mostBytes = Math.max(mostBytes, heldBytes());
			disk.takeOne();
		}
		await saving;
		expect(mostBytes).toBeLessThanOrEqual(mostHeldBytes);
		expect(Buffer.compare(memory.content() ?? Buffer.of(), film)).toBe(0);
	});
});
