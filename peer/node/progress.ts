// What a peer does, in words for whoever runs it: one line for now, and a line of a log for each change worth
// keeping. Pure. Films are named in the line on the screen and never in the log.
import type { LibraryItem } from '../library/library-item.ts';
import type { EdgeState, PeerSnapshot } from '../peer.ts';

export interface LogLine {
	readonly level: 'info' | 'warn';
	readonly message: string;
	readonly fields: Readonly<Record<string, unknown>>;
}

/** What has changed from one snapshot to the next, as lines of a log. */
export function changesBetween(before: PeerSnapshot | undefined, after: PeerSnapshot): LogLine[] {
	return [
		...(before?.edge === after.edge ? [] : edgeLines(after)),
		...(before?.hashing.kind === after.hashing.kind ? [] : hashingLines(before, after)),
		...(before?.serving.viewers === after.serving.viewers ? [] : servingLines(before, after)),
		...after.folders.flatMap((folder) => {
			const known = before?.folders.find(({ folderId }) => folderId === folder.folderId);
			if (folder.scan.kind !== 'failed' || known?.scan.kind === 'failed') return [];
			const { name } = folder;
			return [warning('a folder could not be scanned', { name, code: folder.scan.reason })];
		}),
		...after.trouble
			.filter((now) => before?.trouble.some(({ what }) => what === now.what) !== true)
			.map(({ what, code }) => warning('something does not work', { what, code })),
	];
}

/** What the peer does now, in at most a line. */
export function progressLine(
	snapshot: PeerSnapshot,
	items: readonly LibraryItem[],
	nowMs: number,
): string {
	return [
		edgeText(snapshot.edge, nowMs),
		libraryText(snapshot),
		hashingText(snapshot),
		servingText(snapshot, items),
	]
		.filter((part) => part !== '')
		.join(' · ');
}

/** Bytes as people say them: "4.2 GB". */
export function byteText(bytes: number): string {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
	return `${(bytes / 1000 ** step).toFixed(step < 2 ? 0 : 1)} ${units[step] ?? ''}`;
}

function edgeLines({ edge, identity }: PeerSnapshot): LogLine[] {
	if (edge.kind === 'online') {
		return [info('online', { edgeId: edge.edgeId, peerId: identity?.peerId })];
	}
	if (edge.kind === 'connecting') return [];
	const retryAt = new Date(edge.retryAtMs).toISOString();
	return edge.refused === undefined
		? [warning('the edge cannot be reached; trying again', { retryAt })]
		: [warning('the edge refuses this peer; trying again', { retryAt, code: edge.refused })];
}

function hashingLines(before: PeerSnapshot | undefined, { hashing }: PeerSnapshot): LogLine[] {
	const { hashedCount, totalCount } = hashing;
	if (hashing.kind === 'working') return [info('hashing', { hashedCount, totalCount })];
	if (hashing.kind === 'idle' && before?.hashing.kind === 'working') {
		return [info('everything shared is hashed', { hashedCount, totalCount })];
	}
	return [];
}

function servingLines(before: PeerSnapshot | undefined, { serving }: PeerSnapshot): LogLine[] {
	if (before === undefined) return [];
	const { viewers, viewersByEntry, totalUploadedBytes } = serving;
	return [info('viewers', { viewers, entries: Object.keys(viewersByEntry), totalUploadedBytes })];
}

function edgeText(edge: EdgeState, nowMs: number): string {
	if (edge.kind === 'online') return `online at ${edge.edgeId}`;
	if (edge.kind === 'connecting') return 'connecting';
	const seconds = Math.max(0, Math.ceil((edge.retryAtMs - nowMs) / 1000));
	const refused = edge.refused === undefined ? '' : ` (refused: ${edge.refused})`;
	return `offline${refused}, trying again in ${seconds} s`;
}

function libraryText({ folders, probing }: PeerSnapshot): string {
	const scanning = folders.flatMap(({ scan }) =>
		scan.kind === 'scanning' ? [scan.foundCount] : [],
	);
	if (scanning.length > 0) return `scanning, ${sum(scanning)} found`;
	const films = sum(folders.map(({ itemCount }) => itemCount));
	const size = byteText(sum(folders.map(({ sizeBytes }) => sizeBytes)));
	const looking = probing.total > 0 ? `, looking into ${probing.done} of ${probing.total}` : '';
	return `${films} ${films === 1 ? 'film' : 'films'}, ${size}${looking}`;
}

function hashingText({ hashing }: PeerSnapshot): string {
	if (hashing.kind !== 'working') return '';
	const left = hashing.msLeft === undefined ? '' : `, ${timeText(hashing.msLeft)} left`;
	const { hashedCount, totalCount, bytesPerSecond } = hashing;
	return `hashing ${hashedCount} of ${totalCount}, ${byteText(bytesPerSecond)}/s${left}`;
}

function servingText({ serving }: PeerSnapshot, items: readonly LibraryItem[]): string {
	if (serving.viewers === 0) return '';
	const titles = items
		.filter(({ catalogId }) => catalogId && serving.viewersByEntry[catalogId] !== undefined)
		.map(({ title }) => `“${title}”`);
	const what = titles.length > 0 ? ` ${titles.join(', ')}` : '';
	return `${serving.viewers} watching${what}, ${byteText(serving.uploadBytesPerSecond)}/s`;
}

function timeText(ms: number): string {
	const minutes = Math.round(ms / 60_000);
	if (minutes < 1) return `${Math.ceil(ms / 1000)} s`;
	return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function info(message: string, fields: LogLine['fields']): LogLine {
	return { level: 'info', message, fields };
}

function warning(message: string, fields: LogLine['fields']): LogLine {
	return { level: 'warn', message, fields };
}
