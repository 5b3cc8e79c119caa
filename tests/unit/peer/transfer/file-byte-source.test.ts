import { describe, expect, test } from 'vitest';
import { createFileByteSource } from '../../../../peer/transfer/file-byte-source.ts';
import {
	createMemoryFile,
	openMemoryFile,
	testBytes,
} from '../../../support/transfer/offered-memory.ts';
import { readAll } from '../../../support/transfer/transfer-pair.ts';

const never = new AbortController().signal;
const kibibyte = 1024;

function createSource(sizeBytes: number) {
	const file = createMemoryFile(testBytes(sizeBytes));
	const source = createFileByteSource(
		{
			sizeBytes,
			modifiedAtMs: file.modifiedAtMs,
			mimeType: 'video/mp4',
			fileName: 'film.mp4',
			sideCars: [],
		},
		async () => openMemoryFile(file),
	);
	return { file, source };
}

describe('a film on this disk', () => {
	test('is read byte for byte, in slices that grow to 4 MiB', async () => {
		const { file, source } = createSource(20 * 1024 * kibibyte + 77);
		const range = { offsetBytes: 5, lengthBytes: 20 * 1024 * kibibyte };
		const bytes = await readAll(source.read(range, never));
		expect(bytes.equals(file.bytes.slice(5, 5 + range.lengthBytes))).toBe(true);
		const kibs = file.reads.map(({ lengthBytes }) => lengthBytes / kibibyte);
		expect(kibs).toEqual([64, 256, 512, 1024, 2048, 4096, 4096, 4096, 4096, 192]);
	});

	test('is read one slice ahead and no further', async () => {
		const { file, source } = createSource(20 * 1024 * kibibyte);
		const reading = source.read({ offsetBytes: 0, lengthBytes: 20 * 1024 * kibibyte }, never);
		const iterator = reading[Symbol.asyncIterator]();
		await iterator.next();
		expect(file.reads).toHaveLength(2);
		await iterator.next();
		expect(file.reads).toHaveLength(3);
	});

	test('that changed is not opened', async () => {
		const { file, source } = createSource(1000);
		file.modifiedAtMs++;
		await expect(source.open(never)).rejects.toMatchObject({ code: 'corrupt' });
		const reading = readAll(source.read({ offsetBytes: 0, lengthBytes: 1 }, never));
		await expect(reading).rejects.toMatchObject({ code: 'corrupt' });
	});

	test('tells why it cannot be read', async () => {
		const { file, source } = createSource(1000);
		file.readError = 'permission-denied';
		const reading = readAll(source.read({ offsetBytes: 0, lengthBytes: 10 }, never));
		await expect(reading).rejects.toMatchObject({ code: 'permission-denied' });
	});

	test('stops when closed', async () => {
		const { source } = createSource(10 * 1024 * kibibyte);
		const reading = source.read({ offsetBytes: 0, lengthBytes: 10 * 1024 * kibibyte }, never);
		const iterator = reading[Symbol.asyncIterator]();
		await iterator.next();
		source.close();
		await expect(iterator.next()).rejects.toMatchObject({ code: 'cancelled' });
	});
});
