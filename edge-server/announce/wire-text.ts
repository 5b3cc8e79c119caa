// Text as it is on the wire: the UTF-8 bytes of a frame, held as a string of one character per byte. The
// announce tracker relays what it does not read, so it never decodes it: cutting a description out of a
// frame and putting it into another copies bytes, and quotes and braces are the same in both forms.

declare const wire: unique symbol;

/** UTF-8, one character per byte. Always whole characters: nothing here cuts but at quotes and braces. */
export type WireText = string & { readonly [wire]: 'text' };
/**
 * The inside of a JSON string of 20 characters up to U+00FF, which is how WebTorrent writes 20 bytes, with
 * exactly the escapes of `JSON.stringify`: equal bytes have equal texts, so one can be a key.
 */
export type BinaryText = WireText & { readonly binary: true };
/** Names a torrent. */
export type InfoHash = BinaryText & { readonly infoHash: true };
/** Names a member of a swarm; its client made it up. Not the peer id of this project. */
export type SwarmPeerId = BinaryText & { readonly swarmPeerId: true };

export function toWireText(text: string): WireText {
	return Buffer.from(text, 'utf8').toString('latin1') as WireText;
}

export function fromWireText(text: WireText): string {
	return Buffer.from(text, 'latin1').toString('utf8');
}

/** A copy that shares no memory: a cut-out keeps the whole frame alive, which must not happen to a key. */
export function detach<Text extends WireText>(text: Text): Text {
	return Buffer.from(text, 'latin1').toString('latin1') as Text;
}

/** The 20 bytes it stands for. */
export function bytesOf(text: BinaryText): Uint8Array {
	return Buffer.from(JSON.parse(`"${fromWireText(text)}"`) as string, 'latin1');
}

/** The wire form of a decoded JSON value when it is 20 bytes in the manner of WebTorrent. */
export function toBinaryText(value: unknown): BinaryText | undefined {
	// eslint-disable-next-line no-control-regex -- all 256 bytes are meant.
	if (typeof value !== 'string' || !/^[\x00-\xff]{20}$/.test(value)) return undefined;
	return toWireText(JSON.stringify(value).slice(1, -1)) as BinaryText;
}
