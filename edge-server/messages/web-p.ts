// Telling a WebP picture by its container header. Does not decode: a browser shows it in an <img> and
// nowhere else, and the edge serves it with its type and `nosniff`.

const headerBytes = 12;

/**
 * "RIFF", the length of the rest, "WEBP" (RFC 9649 §2.4). The length must be that of the bytes at hand, so that
 * nothing else hides behind the picture.
 */
export function isWebP(bytes: Uint8Array): boolean {
	if (bytes.length < headerBytes) return false;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const isRiff = view.getUint32(0) === 0x52494646;
	const isPicture = view.getUint32(8) === 0x57454250;
	return isRiff && isPicture && view.getUint32(4, true) + 8 === bytes.length;
}
