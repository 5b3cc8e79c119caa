// A member of a swarm on the transfer page: seeds the picked file as the library does, or fetches one from a member it
// is introduced to. No tracker is asked.
import { bytesToHex } from '@noble/hashes/utils.js';
import { encodeInfoDictionary } from '../../../../peer/hashing/info-dictionary.ts';
import type { OpenFile } from '../../../../peer/ports.ts';
import { createFileContent } from '../../../../peer/swarm/file-content.ts';
import type { Swarm } from '../../../../peer/swarm/swarm.ts';
import { infoHashOf, type InfoHash } from '../../../../peer/torrent/info-hash.ts';
import { parseInfo } from '../../../../peer/torrent/parse-torrent.ts';
import type { Transfers } from '../../../../peer/transfer/transfers.ts';
import type { PeerId } from '../../../../proto/ids.ts';
import { webtorrentSwarms } from '../../../../peer/webtorrent/webtorrent-swarms.ts';
import { browserClock } from '../../../../web/lib/browser/browser-clock.ts';
import { openBrowserClient } from '../../../../web/lib/browser/webtorrent-client.ts';
import { inlineParser } from '../demo-swarms.ts';
import type { SwarmMember } from './calls.ts';

const pieceBytes = 256 * 1024;
const never = new AbortController().signal;

export function createSwarmMember(
	transfers: Pick<Transfers, 'swarms'>,
	openPicked: () => { readonly file: OpenFile; readonly name: string },
): SwarmMember {
	const swarms = webtorrentSwarms({
		openClient: openBrowserClient,
		parser: inlineParser,
		iceServers: () => [],
		uploadCap: { take: () => undefined },
		clock: browserClock(),
	});
	let seeded: Swarm | undefined;

	return {
		async seed() {
			const { file, name } = openPicked();
			const hashes: Uint8Array[] = [];
			for (let at = 0; at < file.sizeBytes; at += pieceBytes) {
				const piece = await file.read(at, Math.min(pieceBytes, file.sizeBytes - at));
				hashes.push(new Uint8Array(await crypto.subtle.digest('SHA-1', piece)));
			}
			const pieces = new Uint8Array(hashes.flatMap((hash) => [...hash]));
			const { sizeBytes } = file;
			const info = encodeInfoDictionary({
				...{ name, sizeBytes, pieceLengthBytes: pieceBytes, pieces },
			});
			const infoHash = infoHashOf(info);
			seeded = swarms.join({
				...{ infoHash, trackers: [], torrent: parseInfo(info, infoHash) },
				content: createFileContent(file, pieceBytes),
			});
			transfers.swarms.enter({ infoHash, isComplete: true }, seeded.add);
			return infoHash;
		},
		async seedingEnded() {
			return (await seeded?.ended)?.code ?? 'not begun';
		},
		async fetch(infoHashText, memberId) {
			const infoHash = infoHashText as InfoHash;
			const startedAtMs = performance.now();
			const swarm = swarms.join({ infoHash, trackers: [] });
			transfers.swarms.enter({ infoHash, isComplete: false }, swarm.add);
			transfers.swarms.introduced(infoHash, [memberId as PeerId]);
			const { sizeBytes } = await swarm.torrent;
			const source = swarm.openFile(0);
			const film = new Uint8Array(sizeBytes);
			let filledBytes = 0;
			let firstByteMs = 0;
			for await (const chunk of source.read({ offsetBytes: 0, lengthBytes: sizeBytes }, never)) {
				if (filledBytes === 0) firstByteMs = performance.now() - startedAtMs;
				film.set(chunk, filledBytes);
				filledBytes += chunk.length;
			}
			const elapsedMs = performance.now() - startedAtMs;
			const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', film));
			return { firstByteMs, elapsedMs, sha256: bytesToHex(digest) };
		},
	};
}
