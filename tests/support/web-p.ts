// The smallest thing that passes for a WebP picture by its container.

/** A RIFF container of `sizeBytes` (12 at least) that says it is WebP, filled with `fill`. */
export function webP(sizeBytes: number, fill = 0): Uint8Array {
	const bytes = new Uint8Array(sizeBytes).fill(fill);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, 0x52494646);
	view.setUint32(4, sizeBytes - 8, true);
	view.setUint32(8, 0x57454250);
	return bytes;
}
