import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OpenFile } from '../../../../peer/ports.ts';
import { nobleHasher } from '../../../../web/lib/browser/noble-hasher.ts';

const never = new AbortController().signal;

function fileOf(content: Uint8Array<ArrayBuffer>, onRead?: (lengthBytes: number) => void) {
	return {
		sizeBytes: content.length,
		modifiedAtMs: 0,
		mimeType: '',
		read: (offsetBytes, lengthBytes) => {
			onRead?.(lengthBytes);
			return Promise.resolve(content.slice(offsetBytes, offsetBytes + lengthBytes));
		},
	} satisfies OpenFile;
}

describe('nobleHasher', () => {
	it.each([0, 1, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1, 20_000_001])(
		'hashes %i bytes as everybody does, some megabytes at a time',
		async (sizeBytes) => {
			const content = new Uint8Array(sizeBytes).map((_, index) => index * 31);
			let largestRead = 0;
			const file = fileOf(content, (length) => (largestRead = Math.max(largestRead, length)));

			const hash = await nobleHasher().sha256(file, never);

			expect(Buffer.from(hash)).toEqual(createHash('sha256').update(content).digest());
			expect(largestRead).toBeLessThanOrEqual(8 * 1024 * 1024);
		},
	);

	it('stops with the reason of its signal', async () => {
		const aborting = new AbortController();
		const file = fileOf(new Uint8Array(50_000_000), () => aborting.abort(new Error('enough')));

		await expect(nobleHasher().sha256(file, aborting.signal)).rejects.toThrow('enough');
	});

	it('fails as the reads do', async () => {
		const file = { ...fileOf(new Uint8Array(5)), read: () => Promise.reject(new Error('gone')) };

		await expect(nobleHasher().sha256(file, never)).rejects.toThrow('gone');
	});
});
