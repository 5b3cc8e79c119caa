import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeInfoDictionary } from '../../../../peer/hashing/info-dictionary.ts';
import { infoHashOf } from '../../../../peer/torrent/info-hash.ts';

describe('encodeInfoDictionary', () => {
	it('is bencoded with its keys in order and its texts counted in bytes', () => {
		const encoded = encodeInfoDictionary({
			name: 'Amélie.mkv',
			sizeBytes: 300_000,
			pieceLengthBytes: 262_144,
			pieces: new Uint8Array(40).fill(0x61),
		});
		expect(new TextDecoder().decode(encoded)).toBe(
			`d6:lengthi300000e4:name11:Amélie.mkv12:piece lengthi262144e6:pieces40:${'a'.repeat(40)}e`,
		);
	});

	it('has the info hash every BitTorrent client computes', () => {
		const encoded = encodeInfoDictionary({
			name: 'empty',
			sizeBytes: 0,
			pieceLengthBytes: 262_144,
			pieces: new Uint8Array(),
		});
		expect(infoHashOf(encoded)).toBe(createHash('sha1').update(encoded).digest('hex'));
	});
});
