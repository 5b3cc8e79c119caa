// The thread that runs ffmpeg's WebAssembly build. The film is not copied: it is the one file of a file system
// of our own, whose reads go to the disk. Knows nothing of what is asked or of who asks.
import type { FfmpegCore, FileNode } from '@ffmpeg/core';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { FfmpegCall } from './ffmpeg-media.ts';

export type WasmOrder = Omit<FfmpegCall, 'signal'>;
export type WasmAnswer =
	| { readonly kind: 'done'; readonly output: Uint8Array<ArrayBuffer> }
	| { readonly kind: 'failed'; readonly message: string }
	/** The core is not there, which says nothing of the film. */
	| { readonly kind: 'not-loaded'; readonly message: string };

const mountPoint = '/disk';
/** A fixed name: what people call their films is no business of a command line. */
const filmName = 'film';
const outputPath = '/output';
/** File types and permissions as in stat(2), and "no such file" of Emscripten. */
const readOnlyDirectory = 0o040555;
const readOnlyFile = 0o100444;
const noSuchFile = 44;

async function loadCore(): Promise<FfmpegCore> {
	// The core was built for workers of browsers and asks at once where its script lies; it is not needed then.
	Object.assign(globalThis, { self: { location: { href: '' } } });
	const { default: createCore } = await import('@ffmpeg/core');
	const wasmUrl = new URL(import.meta.resolve('@ffmpeg/core/wasm'));
	const core = await createCore({ wasmBinary: readFileSync(wasmUrl) });
	core.FS.mkdir(mountPoint);
	return core;
}

/** A file system for FS.mount with one read-only file in it: the open `descriptor`. */
function diskFile({ FS }: FfmpegCore, descriptor: number) {
	const { size: sizeBytes } = fstatSync(descriptor);
	return {
		mount() {
			const root = FS.createNode(null, '/', readOnlyDirectory, 0);
			root.node_ops = {
				getattr: (node) => attributesOf(node, 0),
				lookup() {
					throw new FS.ErrnoError(noSuchFile);
				},
			};
			const film = FS.createNode(root, filmName, readOnlyFile, 0);
			film.node_ops = { getattr: (node) => attributesOf(node, sizeBytes) };
			film.stream_ops = {
				read: (_stream, buffer, offset, length, position) =>
					readSync(descriptor, buffer, offset, length, position),
				// SEEK_CUR and SEEK_END of lseek(2); anything else counts from the start.
				llseek: (stream, offset, whence) =>
					offset + (whence === 1 ? stream.position : whence === 2 ? sizeBytes : 0),
			};
			return root;
		},
	};
}

function attributesOf(node: FileNode, sizeBytes: number) {
	const time = new Date(0);
	return {
		...{ dev: 1, ino: node.id, mode: node.mode, nlink: 1, uid: 0, gid: 0, rdev: 0 },
		...{ size: sizeBytes, blksize: 4096, blocks: Math.ceil(sizeBytes / 512) },
		...{ atime: time, mtime: time, ctime: time },
	};
}

function run(core: FfmpegCore, order: WasmOrder): WasmAnswer {
	const lines: string[] = [];
	core.setLogger(({ message }) => lines.push(message));
	const descriptor = openSync(order.path, 'r');
	core.FS.mount(diskFile(core, descriptor), {}, mountPoint);
	try {
		const film = ['-i', `${mountPoint}/${filmName}`];
		if (order.program === 'ffmpeg') {
			core.exec(...order.before, ...film, ...order.after, outputPath);
		} else {
			core.ffprobe(...order.before, ...film, ...order.after, '-o', outputPath);
		}
		// The exit code of ffprobe says -1 even when all went well (@ffmpeg/core 0.12.10); what was written tells.
		return { kind: 'done', output: takeOutput(core) };
	} catch (caught) {
		return { kind: 'failed', message: lines.at(-1) ?? String(caught) };
	} finally {
		core.reset();
		core.FS.unmount(mountPoint);
		closeSync(descriptor);
	}
}

function takeOutput({ FS }: FfmpegCore): Uint8Array<ArrayBuffer> {
	const output = new Uint8Array(FS.readFile(outputPath));
	FS.unlink(outputPath);
	return output;
}

const loading = loadCore();
parentPort?.on('message', (order: WasmOrder) => {
	const answer = (value: WasmAnswer) => parentPort?.postMessage(value);
	loading.then(
		(core) => answer(run(core, order)),
		(caught: unknown) => answer({ kind: 'not-loaded', message: String(caught) }),
	);
});
