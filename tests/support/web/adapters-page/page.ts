// A page with the browser's adapters and nothing else, so that specs can use each of them in a real
// browser without the app around it. Every call of calls.ts is one function here, or in hashing.ts.
import type { FolderId, FolderRecord } from '../../../../peer/library/library-item.ts';
import type { FolderSource, FrameGrabber, OpenFile } from '../../../../peer/ports.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import type { OfferId } from '../../../../proto/ids.ts';
import { broadcastTabChannel } from '../../../../web/lib/browser/broadcast-tab-channel.ts';
import { browserClock } from '../../../../web/lib/browser/browser-clock.ts';
import { browserMedia } from '../../../../web/lib/browser/browser-media.ts';
import { foldersFromDrop } from '../../../../web/lib/browser/folder-drop.ts';
import { indexedDbFolderSources } from '../../../../web/lib/browser/indexed-db-folder-sources.ts';
import { indexedDbLibrary } from '../../../../web/lib/browser/indexed-db-library.ts';
import { videoElementFrames } from '../../../../web/lib/browser/video-element-frames.ts';
import { webLockLeader } from '../../../../web/lib/browser/web-lock-leader.ts';
import { workerTorrentParser } from '../../../../web/lib/workers/worker-torrent-parser.ts';
import { allOf } from '../all-of.ts';
import type { FileName, Handlers, PageCalls, SeenPicture } from './calls.ts';
import { hashingHandlers } from './hashing.ts';

const dropped = new Map<string, FolderSource>();
const opened = new Map<string, OpenFile>();
const heard: unknown[] = [];
const never = new AbortController().signal;

const clock = browserClock();
const media = browserMedia();
const videoFrames = videoElementFrames();
const library = indexedDbLibrary();
const folderSources = indexedDbFolderSources();
const channel = broadcastTabChannel('adapters-page');
channel.listen((message) => heard.push(message));
let leading: AbortController | undefined;
let isLeading = false;
/** Kept here so that it is not collected, which would close it. */
let jam: IDBDatabase | undefined;

addEventListener('dragover', (event) => event.preventDefault());
addEventListener('drop', (event) => {
	event.preventDefault();
	if (event.dataTransfer === null) return;
	void foldersFromDrop(event.dataTransfer).then((folders) => {
		for (const folder of folders) dropped.set(folder.name, folder);
	});
});

function folderNamed(name: string): FolderSource {
	const folder = dropped.get(name);
	if (folder === undefined) throw new GiggityflixError('not-found', `${name} was not dropped`);
	return folder;
}

const openNow = ({ folder, path }: FileName) => folderNamed(folder).open(path);

async function grabWith(
	grabber: FrameGrabber,
	input: PageCalls['grab']['input'],
): Promise<SeenPicture[]> {
	const { atMs, maxWidthPx, maxBytes } = input;
	const options = { atMs, maxWidthPx, maxBytes, signal: never };
	const pictures = await grabber.grab(await openNow(input), input.path, options);
	return Promise.all(pictures.map(({ atMs, image }) => look(atMs, image)));
}

function openRaw(version?: number): Promise<IDBDatabase> {
	return new Promise((resolve, reject) => {
		const request = indexedDB.open('giggityflix-library', version);
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error ?? new Error('it did not open'));
		request.onblocked = () => reject(new Error('another tab holds it'));
	});
}

async function look(atMs: number, image: Uint8Array<ArrayBuffer>): Promise<SeenPicture> {
	const bitmap = await createImageBitmap(new Blob([image], { type: 'image/webp' }));
	const canvas = new OffscreenCanvas(10, 10);
	const context = canvas.getContext('2d');
	context?.drawImage(bitmap, 0, 0, 10, 10);
	const pixels = new Uint32Array(context?.getImageData(0, 0, 10, 10).data.buffer ?? []);
	return {
		atMs,
		sizeBytes: image.length,
		widthPx: bitmap.width,
		heightPx: bitmap.height,
		colours: new Set(pixels).size,
	};
}

const handlers: Handlers = {
	droppedFolders: async () =>
		Promise.all(
			[...dropped.values()].map(async (folder) => ({
				name: folder.name,
				access: await folder.access(),
			})),
		),
	list: async ({ folder, extensions }) => {
		const startedMs = performance.now();
		const isWanted = (path: string) => extensions.some((extension) => path.endsWith(extension));
		const files = await allOf(folderNamed(folder).list({ isWanted, signal: never }));
		return { files, elapsedMs: performance.now() - startedMs };
	},
	open: async (name) => {
		const file = await openNow(name);
		opened.set(name.path, file);
		return {
			sizeBytes: file.sizeBytes,
			modifiedAtMs: file.modifiedAtMs,
			mimeType: file.mimeType,
		};
	},
	read: async ({ offsetBytes, lengthBytes, ...name }) => {
		const file = opened.get(name.path) ?? (await openNow(name));
		return new TextDecoder().decode(await file.read(offsetBytes, lengthBytes));
	},
	probe: async (name) => media.probe.probe(await openNow(name), name.path, never),
	grab: (input) => grabWith(media.frames, input),
	grabByVideo: (input) => grabWith(videoFrames, input),
	abortProbe: async ({ afterMs, ...name }) => {
		const aborting = new AbortController();
		const probing = media.probe.probe(await openNow(name), name.path, aborting.signal);
		setTimeout(() => aborting.abort(new Error('no longer wanted')), afterMs);
		return probing.then(
			() => ({ reason: 'it was probed' }),
			(caught: unknown) => ({ reason: caught instanceof Error ? caught.message : String(caught) }),
		);
	},
	...hashingHandlers(openNow),
	parseTorrents: async ({ torrents, magnets }) => {
		const parser = workerTorrentParser();
		const bytes = torrents.map((text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
		// What came before, decoding the input above all, is not looked at.
		await new Promise((resolve) => setTimeout(resolve, 100));
		let longestTaskMs = 0;
		const observer = new PerformanceObserver((list) => {
			for (const { duration } of list.getEntries()) {
				longestTaskMs = Math.max(longestTaskMs, duration);
			}
		});
		observer.observe({ type: 'longtask' });
		const outcomes: Record<string, number> = {};
		const count = async (reading: Promise<unknown>) => {
			const outcome = await reading.then(
				() => 'read',
				(error: unknown) => GiggityflixError.from(error).code,
			);
			outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
		};
		for (const torrent of bytes) await count(parser.parseTorrent(torrent, never));
		for (const magnet of magnets) await count(parser.parseMagnet(magnet, never));
		await new Promise((resolve) => setTimeout(resolve, 100));
		observer.disconnect();
		return { outcomes, longestTaskMs };
	},
	keepFolder: async ({ folder, folderId }) => {
		await folderSources.put(folderId as FolderId, folderNamed(folder));
		return null;
	},
	keptFolder: async ({ folderId }) => {
		const folder = await folderSources.get(folderId as FolderId);
		if (folder === undefined) return null;
		const access = await folder.access();
		const isWanted = () => true;
		const files = access === 'granted' ? await allOf(folder.list({ isWanted, signal: never })) : [];
		const other = dropped.get(folder.name);
		const isSameAsDropped = other !== undefined && (await folderSources.isSame(folder, other));
		return { name: folder.name, access, fileCount: files.length, isSameAsDropped };
	},
	saveItems: async ({ items, deletedOfferIds }) => {
		await library.changeItems({ saved: items, deletedOfferIds });
		return null;
	},
	loadItems: () => library.loadItems(),
	saveCopies: async ({ item, count }) => {
		const saved = Array.from({ length: count }, (_, number) => ({
			...item,
			offerId: `${item.offerId}-${number}` as OfferId,
			path: `Season ${number % 12}/${number} ${item.path}`,
		}));
		await library.changeItems({ saved, deletedOfferIds: [] });
		return null;
	},
	countItems: async () => {
		const startedMs = performance.now();
		const { length: count } = await library.loadItems();
		return { count, elapsedMs: performance.now() - startedMs };
	},
	saveFolder: async ({ folderId }) => {
		const record = { folderId: folderId as FolderId, name: 'Films', addedAtMs: 1 };
		await library.saveFolder({ ...record, sharing: 'public' } satisfies FolderRecord);
		return null;
	},
	deleteFolder: async ({ folderId }) => {
		await library.deleteFolder(folderId as FolderId);
		return null;
	},
	loadFolderIds: async () => (await library.loadFolders()).map(({ folderId }) => folderId),
	savePoster: async ({ offerId, bytes }) => {
		await library.savePoster(offerId, new Uint8Array(bytes));
		return null;
	},
	loadPoster: async ({ offerId }) => {
		const image = await library.loadPoster(offerId);
		return image === undefined ? null : [...image];
	},
	upgradeDatabase: async () => {
		// A version no app of ours has reached.
		(await openRaw(1000)).close();
		return null;
	},
	jamDatabase: async () => {
		// Without a listener for "versionchange" it stays open.
		jam = await openRaw();
		indexedDB.deleteDatabase(jam.name);
		return null;
	},
	lead: async () => {
		leading = new AbortController();
		void webLockLeader(navigator.locks, 'adapters-page')
			.acquire(leading.signal)
			.then(() => (isLeading = true));
		return null;
	},
	isLeading: async () => isLeading,
	resign: async () => {
		leading?.abort();
		isLeading = false;
		return null;
	},
	post: async ({ message }) => {
		channel.post(message);
		return null;
	},
	heard: async () => heard,
	sleep: async ({ durationMs }) => {
		const startedMs = performance.now();
		await clock.sleep(durationMs);
		return { elapsedMs: performance.now() - startedMs };
	},
};

/** What a spec calls through `page.evaluate`. */
async function ask(name: keyof PageCalls, input: never) {
	try {
		return { ok: true, output: await handlers[name](input) };
	} catch (caught) {
		const { code, message } = GiggityflixError.from(caught);
		return { ok: false, code, message };
	}
}

Object.assign(globalThis, { ask });
