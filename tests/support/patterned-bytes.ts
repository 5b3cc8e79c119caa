// Content for files that are sent about: every stretch differs from every other, every run is the same.

export function patternedBytes(sizeBytes: number): Buffer {
	const bytes = Buffer.alloc(sizeBytes);
	let state = 1;
	for (let at = 0; at < sizeBytes; at += 1) {
		state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
		bytes[at] = state >>> 16;
	}
	return bytes;
}
