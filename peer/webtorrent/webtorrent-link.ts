// One of our links as the connection webtorrent expects of a peer: a stream that says when it is connected. What
// the network does not take yet waits at webtorrent, so a slow member costs no more than the link's buffer.
import type { SwarmLink } from '../swarm/swarm.ts';
import type { ByteDuplex, ByteDuplexOptions, WebTorrent } from './webtorrent.ts';

export type DuplexClass = new (options: ByteDuplexOptions) => ByteDuplex;

/** Handed to the link ahead of the network; it asks for more at half of it. */
const highWaterBytes = 1024 * 1024;
/** What every browser takes in one message. */
const maxMessageBytes = 64 * 1024;

export function connectionOf(link: SwarmLink, Duplex: DuplexClass) {
	let goOn: (() => void) | undefined;

	function write(bytes: Uint8Array<ArrayBuffer>): void {
		for (let at = 0; at < bytes.length; at += maxMessageBytes) {
			link.send(bytes.subarray(at, at + maxMessageBytes));
		}
	}

	const stream = new Duplex({
		write(bytes, done) {
			write(bytes);
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
 * The streams webtorrent is made of, which its file does not export: a throttle is a transform, and that a duplex.
 * Its own, because they know each other's insides.
 */
export function duplexClassOf(client: Pick<WebTorrent, 'throttleGroups'>): DuplexClass {
	const throttle = client.throttleGroups.up.throttle();
	const transformClass = Object.getPrototypeOf(throttle.constructor) as object;
	throttle.destroy();
	return Object.getPrototypeOf(transformClass) as DuplexClass;
}
