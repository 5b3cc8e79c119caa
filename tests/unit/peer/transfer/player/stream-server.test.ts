import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { GiggityflixError } from '../../../../../proto/errors.ts';
import type { ByteSource, ByteSourceFacts } from '../../../../../peer/transfer/byte-source.ts';
import { createStreamConversation } from '../../../../../peer/transfer/player/stream-responder.ts';
import { serveStream } from '../../../../../peer/transfer/player/stream-server.ts';
import { testBytes } from '../../../../support/transfer/offered-memory.ts';
import { createStreamPorts } from '../../../../support/transfer/stream-ports.ts';
import { settle } from '../../../../support/transfer/sleeping-clock.ts';

const film = testBytes(100_000);
const facts: ByteSourceFacts = {
	sizeBytes: film.length,
	modifiedAtMs: 0,
	mimeType: 'video/mp4',
	fileName: 'film.mp4',
	sideCars: [
		{ index: 1, fileName: 'film.vtt', sizeBytes: 10, language: '' },
		{ index: 2, fileName: 'film.srt', sizeBytes: 10, language: '' },
	],
};

/** A source that counts what it has given and knows whether its reader left. */
function createSource(options: { failAfterChunks?: number } = {}) {
	const seen = { chunks: 0, hasLeft: false };
	const signals = new Set<AbortSignal>();
	const source: ByteSource = {
		open: async () => facts,
		async *read({ offsetBytes, lengthBytes }, signal) {
			signals.add(signal);
			try {
				for (let start = 0; start < lengthBytes; start += 1000) {
					signal.throwIfAborted();
					if (seen.chunks === options.failAfterChunks) {
						throw new GiggityflixError('corrupt', 'by the test');
					}
					seen.chunks++;
					const end = Math.min(start + 1000, lengthBytes);
					yield film.slice(offsetBytes + start, offsetBytes + end);
				}
			} finally {
				seen.hasLeft = true;
			}
		},
		close: () => undefined,
	};
	return { source, seen, signals };
}

async function start(options: { failAfterChunks?: number; sideCar?: number } = {}) {
	const { source, seen, signals } = createSource(options);
	const ports = createStreamPorts();
	const serving = serveStream(source, options.sideCar ?? 0, ports.page);
	const conversation = createStreamConversation(ports.worker);
	const ask = (rangeHeader: string | null = null) =>
		conversation.answer({ method: 'GET', rangeHeader, isDownload: false });
	return { seen, signals, ports, serving, conversation, ask };
}

test('both ends together give the bytes that were asked for', async () => {
	const { conversation, ask, serving } = await start();
	expect(await conversation.isClaimed).toBe(true);
	const { status, body } = await ask('bytes=500-70499');
	expect(status).toBe(206);
	const parts: Uint8Array[] = [];
	for (let chunk = await body?.pull(); chunk !== undefined; chunk = await body?.pull()) {
		parts.push(chunk);
	}
	expect(Buffer.concat(parts).equals(film.subarray(500, 70_500))).toBe(true);
	await serving.finished;
});

describe('back-pressure', () => {
	test('the source gives one chunk for each pull', async () => {
		const { seen, ask } = await start();
		const { body } = await ask();
		await settle(10);
		expect(seen.chunks).toBe(0);
		await body?.pull();
		await settle(10);
		expect(seen.chunks).toBe(1);
		await body?.pull();
		await settle(10);
		expect(seen.chunks).toBe(2);
	});
});

test('a long stream keeps no listener of each chunk', async () => {
	const { signals, ask } = await start();
	const { body } = await ask();
	for (let count = 0; count < 50; count += 1) {
		await body?.pull();
		await settle(2);
	}
	const listeners = [...signals].flatMap((signal) => getEventListeners(signal, 'abort'));
	expect(signals.size).toBe(1);
	expect(listeners.length).toBeLessThan(5);
});

describe('the end', () => {
	test('a player that leaves ends the read', async () => {
		const { seen, ask, serving } = await start();
		const { body } = await ask();
		await body?.pull();
		body?.cancel();
		await serving.finished;
		expect(seen).toEqual({ chunks: 1, hasLeft: true });
	});

	test('a page that stops ends the read and tells the player', async () => {
		const { seen, ask, serving } = await start();
		const { body } = await ask();
		await body?.pull();
		serving.stop();
		await serving.finished;
		expect(seen.hasLeft).toBe(true);
		await expect(body?.pull()).rejects.toMatchObject({ code: 'cancelled' });
	});

	test('a source that fails tells the player why', async () => {
		const { ask } = await start({ failAfterChunks: 1 });
		const { body } = await ask();
		await body?.pull();
		await expect(body?.pull()).rejects.toMatchObject({ code: 'corrupt' });
	});
});

test.each([
	[1, 200, 'text/vtt'],
	[2, 200, 'text/plain; charset=utf-8'],
	[3, 404, undefined],
])('side-car %i is a %i of type %s', async (sideCar, status, type) => {
	const { ask } = await start({ sideCar });
	const answer = await ask();
	expect(answer.status).toBe(status);
	expect(answer.headers['Content-Type']).toBe(type);
});
