// Stands between a peer's metadata and webtorrent, which reads up to 10 MB of it on the page's own thread: the
// size is limited before memory is taken, the bytes go to our parser, and a message that makes no sense costs
// its sender the connection. Knows one wire.
import type { Wire } from './webtorrent.ts';
import { torrentLimits } from '../torrent/torrent-limits.ts';

export interface MetadataTaker {
	/** Whether the torrent has its metadata. */
	isKnown(): boolean;
	/** Reads an info dictionary; false when it is not this torrent's, so that it is asked for again. */
	take(info: Uint8Array): Promise<boolean>;
}

export function guardMetadata(
	wire: Pick<Wire, 'ut_metadata' | 'destroy'>,
	taker: MetadataTaker,
): void {
	const exchange = wire.ut_metadata;
	const onExtendedHandshake = exchange.onExtendedHandshake.bind(exchange);
	const onMessage = exchange.onMessage.bind(exchange);
	const setMetadata = exchange.setMetadata.bind(exchange);
	exchange.onExtendedHandshake = (handshake) => {
		const { metadata_size: sizeBytes } = handshake;
		const isTooLong = typeof sizeBytes === 'number' && sizeBytes > torrentLimits.maxTorrentBytes;
		// Without a size it is as if the peer had no metadata; it may still have pieces.
		onExtendedHandshake(isTooLong ? {} : handshake);
	};
	exchange.onMessage = (bytes) => {
		try {
			onMessage(bytes);
		} catch {
			wire.destroy();
		}
	};
	exchange.setMetadata = (bytes) => (taker.isKnown() ? setMetadata(bytes) : taker.take(bytes));
}

/** Whoever was connected before the metadata was known hears that it can be had. */
export function offerMetadata(
	wire: Pick<Wire, 'ut_metadata' | '_extendedHandshakeSent' | '_sendExtendedHandshake'>,
): void {
	wire.ut_metadata.on('metadata', () => {
		if (wire._extendedHandshakeSent) wire._sendExtendedHandshake();
	});
}
