import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../../../proto/errors.ts';
import {
	createStreamConversation,
	type StreamQuery,
} from '../../../../../peer/transfer/player/stream-responder.ts';
import type { StreamReply } from '../../../../../peer/transfer/player/stream-protocol.ts';
import { createStreamPorts } from '../../../../support/transfer/stream-ports.ts';
import { settle } from '../../../../support/transfer/sleeping-clock.ts';

const facts: StreamReply = {
	type: 'facts',
	sizeBytes: 10_000,
	modifiedAtMs: 1_700_000_000_000,
	mimeType: 'video/mp4',
	fileName: 'film.mp4',
};

/** One request answered by a page that says `replies`. */
async function ask(query: Partial<StreamQuery>, ...replies: StreamReply[]) {
	const ports = createStreamPorts();
	const conversation = createStreamConversation(ports.worker);
	for (const reply of replies) ports.page.post(reply);
	const answer = await conversation.answer({
		...{ method: 'GET', rangeHeader: null, isDownload: false },
		...query,
	});
	return { ports, answer };
}

describe('status and headers', () => {
	test('everything', async () => {
		const { answer, ports } = await ask({}, facts);
		expect(answer.status).toBe(200);
		expect(answer.headers).toMatchObject({
			'Accept-Ranges': 'bytes',
			'Content-Length': '10000',
			'Content-Type': 'video/mp4',
			'X-Content-Type-Options': 'nosniff',
		});
		expect(answer.headers).not.toHaveProperty('Content-Disposition');
		expect(ports.commands).toEqual([{ type: 'read', offsetBytes: 0, lengthBytes: 10_000 }]);
	});

	test('a part', async () => {
		const { answer, ports } = await ask({ rangeHeader: 'bytes=-500' }, facts);
		expect(answer.status).toBe(206);
		expect(answer.headers).toMatchObject({
			'Content-Length': '500',
			'Content-Range': 'bytes 9500-9999/10000',
		});
		expect(ports.commands).toEqual([{ type: 'read', offsetBytes: 9500, lengthBytes: 500 }]);
	});

	test('a part that is not there', async () => {
		const { answer, ports } = await ask({ rangeHeader: 'bytes=10000-' }, facts);
		expect(answer.status).toBe(416);
		expect(answer.headers['Content-Range']).toBe('bytes */10000');
		expect(answer.body).toBeUndefined();
		expect(ports.commands).toEqual([{ type: 'cancel' }]);
	});

	test('the head alone', async () => {
		const { answer, ports } = await ask({ method: 'HEAD' }, facts);
		expect(answer.status).toBe(200);
		expect(answer.headers['Content-Length']).toBe('10000');
		expect(answer.body).toBeUndefined();
		expect(ports.commands).toEqual([{ type: 'cancel' }]);
	});

	test('another method', async () => {
		const { answer } = await ask({ method: 'PUT' }, facts);
		expect(answer).toEqual({ status: 405, headers: { Allow: 'GET, HEAD' } });
	});

	test('a file to save has its name, in every script and nothing but a name', async () => {
		const fileName = 'Amélie "1"; filename=x\r\n\'../映画\'.mp4';
		const { answer } = await ask({ isDownload: true }, { ...facts, fileName });
		const disposition = answer.headers['Content-Disposition'] ?? '';
		expect(disposition).toMatch(/^attachment; filename\*=UTF-8''[A-Za-z0-9%._~-]+$/);
		expect(decodeURIComponent(disposition.split("''")[1] ?? '')).toBe(fileName);
	});

	test.each([
		['text/html', 'application/octet-stream'],
		['image/svg+xml', 'application/octet-stream'],
		['text/javascript', 'application/octet-stream'],
		['video/mp4\r\nX-Evil: 1', 'application/octet-stream'],
		['', 'application/octet-stream'],
		['audio/ogg', 'audio/ogg'],
		['text/vtt', 'text/vtt'],
		['text/plain', 'text/plain; charset=utf-8'],
	])('what is said to be %j is served as %s', async (mimeType, served) => {
		const { answer } = await ask({}, { ...facts, mimeType });
		expect(answer.headers['Content-Type']).toBe(served);
		expect(answer.headers['Content-Security-Policy']).toContain('sandbox');
	});

	test.each<[ErrorCode, number]>([
		['not-found', 404],
		['permission-denied', 403],
		['corrupt', 410],
		['unavailable', 503],
		['internal', 500],
	])('a source that fails with %s before its first byte is a %i', async (code, status) => {
		const { answer } = await ask({}, { type: 'failed', code });
		expect(answer).toEqual({ status, headers: {} });
	});
});

describe('the body', () => {
	test('asks for one chunk at a time', async () => {
		const { answer, ports } = await ask({}, facts);
		await settle();
		expect(ports.commands.filter(({ type }) => type === 'pull')).toHaveLength(0);
		const pulling = answer.body?.pull();
		ports.page.post({ type: 'chunk', bytes: new Uint8Array([1, 2]) });
		expect(await pulling).toEqual(new Uint8Array([1, 2]));
		expect(ports.commands.filter(({ type }) => type === 'pull')).toHaveLength(1);
		const ending = answer.body?.pull();
		ports.page.post({ type: 'end' });
		expect(await ending).toBeUndefined();
	});

	test('breaks when the source does', async () => {
		const { answer, ports } = await ask({}, facts);
		const pulling = answer.body?.pull();
		ports.page.post({ type: 'failed', code: 'corrupt' });
		await expect(pulling).rejects.toMatchObject({ code: 'corrupt' });
	});

	test('tells the page when the player leaves', async () => {
		const { answer, ports } = await ask({}, facts);
		answer.body?.cancel();
		expect(ports.commands.at(-1)).toEqual({ type: 'cancel' });
	});
});

test.each([
	['claimed', true],
	['unknown', false],
] as const)('a page that says "%s" is known to', async (type, isClaimed) => {
	const ports = createStreamPorts();
	const conversation = createStreamConversation(ports.worker);
	ports.page.post({ type });
	expect(await conversation.isClaimed).toBe(isClaimed);
});
