// One of our links as the connection webtorrent expects of a peer: a stream that says when it is connected. What
// the network does not take yet waits at webtorrent, so a slow member costs no more than the link's buffer.
import type { SwarmLink } from '../swarm/swarm.ts';
import type { ByteDuplex, ByteDuplexOptions, WebTorrent } from './webtorrent.ts';

export type DuplexClass = new (options: ByteDuplexOptions) => ByteDuplex;

/** Handed to the link ahead of the network; it asks for more at half of it. */
const highWaterBytes = 1024 * 1024;
/** What every browser takes in one message. */
const maxMessageBytes = 64 * 1024;
/** Three of webtorrent's blocks, which fit a message with their heads, so that no block has to be put together again. */
const gatheredBytes = 3 * 16 * 1024;

export function connectionOf(link: SwarmLink, Duplex: DuplexClass) {
	let goOn: (() => void) | undefined;
	const sendAll = createGatherer((message) => link.send(message));
	const stream = new Duplex({
		highWaterMark: gatheredBytes,
		writev(batch, done) {
			sendAll(batch);
			if (link.bufferedBytes() < highWaterBytes) done(null);
			else goOn = () => done(null);
		},
		destroy(done) {
			link.close();
			done(null);
		},
	});
	link.listen({
		onMessage: (bytes) => void stream.push(bytes),
		onBufferLow() {
			const next = goOn;
			goOn = undefined;
			next?.();
		},
		onClose: () => stream.destroy(),
	});
	return Object.assign(stream, { id: link.linkId, connected: true as const });
}

/**
 * What is written together goes in as few messages as it fits: webtorrent writes each request by itself, and the head
 * of a block before the block, and every message costs both ends a wait for another thread.
 */
function createGatherer(send: (message: Uint8Array<ArrayBuffer>) => void) {
	const message = new Uint8Array(maxMessageBytes);
	return (batch: readonly Uint8Array[]): void => {
		let filledBytes = 0;
		const flush = () => {
			if (filledBytes > 0) send(message.subarray(0, filledBytes));
			filledBytes = 0;
		};
		for (const bytes of batch) {
			for (let at = 0; at < bytes.length; at += maxMessageBytes) {
				const part = bytes.subarray(at, at + maxMessageBytes);
				if (filledBytes + part.length > maxMessageBytes) flush();
				message.set(part, filledBytes);
				filledBytes += part.length;
			}
		}
		flush();
	};
}

/**
 * The streams webtorrent is made of, which its file does not export: a throttle is a transform, and that a duplex.
 * Its own, because they know each other's insides.
 */
export function duplexClassOf(client: Pick<WebTorrent, 'throttleGroups'>): DuplexClass {
	const throttle = client.throttleGroups.up.throttle();
	const transformClass = Object.getPrototypeOf(throttle.constructor) as object;
	throttle.destroy();
	return Object.getPrototypeOf(transformClass) as DuplexClass;
}
