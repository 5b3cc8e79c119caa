// A whole peer in Node, on real parts: the browser's WebSocket transport and WebRTC adapter (over
// node-datachannel), folders on disk, mediabunny for facts, ffmpeg for pictures. Only its database is in memory.
import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createPeer } from '../../peer/create-peer.ts';
import type { SeedingPorts } from '../../peer/dependencies.ts';
import { dataChannelLinks } from '../../peer/node/data-channel-links.ts';
import { diskFolder } from '../../peer/node/disk-folder.ts';
import { nodeHasher } from '../../peer/node/node-hasher.ts';
import { zlibCompression } from '../../peer/node/zlib-compression.ts';
import type { Peer } from '../../peer/peer.ts';
import type { FolderSource, FrameGrabber, LibraryStore } from '../../peer/ports.ts';
import { createTransfers } from '../../peer/transfer/create-transfers.ts';
import { mediabunnyProbe } from '../../web/lib/browser/mediabunny-probe.ts';
import { webSocketEdgeTransport } from '../../web/lib/browser/web-socket-edge-transport.ts';
import { createMemoryFolderSources } from './peer/memory-folder.ts';
import { createMemoryLibraryStore } from './peer/memory-library-store.ts';
import { quietLogger } from './peer/peer-fixture.ts';
import { realClock as clock } from './transfer/real-clock.ts';

/** `edgeUrl` is the origin of the edge. A store given again is the same peer after a reload. Seeds nothing without `seeding`. */
export function createNodePeer(
	edgeUrl: string,
	libraryStore: LibraryStore = createMemoryLibraryStore(),
	folderSources = createMemoryFolderSources(),
	seeding?: SeedingPorts,
): Peer {
	return createPeer({
		clock,
		randomBytes: (target) => void randomFillSync(target),
		logger: quietLogger,
		folderSources,
		libraryStore,
		mediaProbe: mediabunnyProbe(),
		frameGrabber: ffmpegFrames,
		hasher: nodeHasher(),
		edgeTransport: webSocketEdgeTransport({ url: `${edgeUrl.replace('http', 'ws')}/ws`, clock }),
		peerLinks: dataChannelLinks({ clock, ownServers: [] }),
		createTransfers: (options) => createTransfers({ ...options, compression: zlibCompression }),
		...(seeding && { seeding }),
		initialSettings: { displayName: 'Anna' },
	});
}

/** A folder on disk whose files also carry what mediabunny and ffmpeg read: a File and a path. */
export function probedFolder(directory: string): FolderSource {
	const folder = diskFolder(directory);
	return {
		...folder,
		open: async (path) => {
			const file = await folder.open(path);
			const native = new File([await openAsBlob(join(directory, path))], path);
			return { ...file, native: Object.assign(native, { path: join(directory, path) }) };
		},
	};
}

const ffmpegFrames: FrameGrabber = {
	grab: async (file, _path, { atMs, maxWidthPx }) => {
		const { path } = file.native as { path: string };
		return Promise.all(
			atMs.map(async (at) => {
				const input = ['-v', 'error', '-ss', String(at / 1000), '-i', path];
				const output = [
					'-vf',
					`scale=${maxWidthPx}:-2`,
					'-c:v',
					'libwebp',
					'-f',
					'image2pipe',
					'-',
				];
				const { stdout } = await promisify(execFile)(
					'ffmpeg',
					[...input, '-frames:v', '1', ...output],
					{ encoding: 'buffer', maxBuffer: 1024 * 1024 },
				);
				return { atMs: at, image: new Uint8Array(stdout) };
			}),
		);
	},
};
