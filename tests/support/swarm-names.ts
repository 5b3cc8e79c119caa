// Names of torrents and peers for tests of the announce tracker: 20 bytes that carry their own number.
import {
	toBinaryText,
	type BinaryText,
	type InfoHash,
	type SwarmPeerId,
} from '../../edge-server/announce/wire-text.ts';

/** As it is inside a decoded JSON string. The bytes take every escape and both lengths of UTF-8. */
export function binaryName(kind: string, number: number): string {
	return `${kind}${number}`.padEnd(12, '.') + '\0\n"\\\x7f\x80\xffé';
}

export const infoHash = (number: number) => wire('torrent', number) as InfoHash;
export const swarmPeerId = (number: number) => wire('peer', number) as SwarmPeerId;
export const offerId = (number: number) => wire('offer', number);

function wire(kind: string, number: number): BinaryText {
	const text = toBinaryText(binaryName(kind, number));
	if (text === undefined) throw new Error(`${kind}${number} is too long`);
	return text;
}
