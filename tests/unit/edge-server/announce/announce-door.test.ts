// The door on both listeners, spoken to by bare WebSockets.
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import {
	listeners,
	openAnnounceEdge,
	type AnnounceEdge,
	type AnnounceEdgeOptions,
} from '../../../support/announce-edge.ts';
import { binaryName } from '../../../support/swarm-names.ts';

const announce = (peer: number, more: object = {}) =>
	JSON.stringify({
		action: 'announce',
		info_hash: binaryName('torrent', 1),
		peer_id: binaryName('peer', peer),
		...more,
	});

describe.each(listeners)('the announce door on %s', (_, open) => {
	let edge: AnnounceEdge;
	const sockets: WebSocket[] = [];
	afterEach(async () => {
		for (const socket of sockets.splice(0)) socket.terminate();
		await edge.close();
		expect(edge.errors).toEqual([]);
	});

	const start = async (options?: AnnounceEdgeOptions) => {
		edge = await openAnnounceEdge(open, options);
	};
	function dial(origin = 'https://films.example'): WebSocket {
		const socket = new WebSocket(edge.url, { origin });
		sockets.push(socket);
		socket.on('error', () => undefined);
		return socket;
	}
	async function connect(): Promise<WebSocket> {
		const socket = dial();
		await once(socket, 'open');
		return socket;
	}
	/** The next message, which must be a text frame: browsers hand those over as strings. */
	async function heard(socket: WebSocket): Promise<unknown> {
		const [content, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
		expect(isBinary).toBe(false);
		return JSON.parse(content.toString());
	}
	async function status(socket: WebSocket): Promise<number | undefined> {
		const [, response] = (await once(socket, 'unexpected-response')) as [
			unknown,
			{ statusCode?: number },
		];
		return response.statusCode;
	}

	it('serves pages of any origin, in text frames, whichever frames they send', async () => {
		await start();
		const [ann, ben] = [await connect(), await connect()];
		ann.send(announce(1));
		expect(await heard(ann)).toMatchObject({ info_hash: binaryName('torrent', 1), incomplete: 1 });
		const offers = [
			{ offer: { type: 'offer', sdp: 'v=0\r\ns=✓' }, offer_id: binaryName('offer', 1) },
		];
		const told = heard(ann);
		ben.send(Buffer.from(announce(2, { offers })));
		expect(await told).toMatchObject({ ...offers[0], peer_id: binaryName('peer', 2) });
		expect(edge.door.counts()).toMatchObject({ connections: 2, swarms: 1, peers: 2 });
	});

	it('hangs up on what is no message: other JSON, other text, bytes that are no text', async () => {
		await start();
		for (const content of ['[]', 'hello', Buffer.from([0xff, 0xfe])]) {
			const socket = await connect();
			socket.send(content);
			expect(await once(socket, 'close')).toMatchObject([1007, expect.anything()]);
		}
		await expect.poll(() => edge.door.counts().connections).toBe(0);
	});

	it('takes frames of 64 KiB and cuts those who send larger ones, and nobody else', async () => {
		await start();
		const [good, bad] = [await connect(), await connect()];
		good.send(announce(1, { trackerid: 'x'.repeat(64 * 1024 - 400) }));
		expect(await heard(good)).toMatchObject({ incomplete: 1 });
		bad.send(announce(2, { trackerid: 'x'.repeat(64 * 1024) }));
		await once(bad, 'close');
		good.send(announce(1));
		expect(await heard(good)).toMatchObject({ incomplete: 1 });
	});

	it('cuts a client that never reads, however its frames are gathered, and nobody else', async () => {
		await start({ limits: { messageBurst: 100_000 } });
		const [deaf, talker] = [await connect(), await connect()];
		deaf.send(announce(1));
		await heard(deaf);
		deaf.pause();
		const offers = Array.from({ length: 3 }, (_, number) => ({
			offer: { type: 'offer', sdp: 'x'.repeat(15_000) },
			offer_id: binaryName('offer', number),
		}));
		for (let count = 0; edge.door.counts().connections === 2 && count < 400; count += 1) {
			for (let repeat = 0; repeat < 5; repeat += 1) talker.send(announce(2, { offers }));
			await heard(talker);
		}
		expect(edge.door.counts()).toMatchObject({ connections: 1, peers: 1 });
		const replied = heard(talker);
		talker.send(announce(2));
		expect(await replied).toMatchObject({ info_hash: binaryName('torrent', 1) });
	});

	it('refuses more connections than it may have, and takes new ones when some have gone', async () => {
		await start({ limits: { maxConnections: 2 } });
		const [first] = [await connect(), await connect()];
		expect(await status(dial())).toBe(503);
		first.close();
		await expect.poll(() => edge.door.counts().connections).toBe(1);
		await connect();
	});

	it('refuses more connections of one address than that may have', async () => {
		await start({ maxConnectionsPerAddress: 1 });
		const first = await connect();
		expect(await status(dial())).toBe(429);
		first.close();
		await expect.poll(() => edge.door.counts().connections).toBe(0);
		await connect();
	});
});
