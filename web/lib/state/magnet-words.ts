// What the magnet page says: stages and numbers in, sentences out. The only page, with the settings, where the
// words of the swarm are allowed.
import type { SwarmProgress } from '../../../peer/swarm/swarm.ts';
import type { ErrorCode } from '../../../proto/errors.ts';
import type { NoticeView, StatusView } from '../view-models.ts';
import { formatCount, formatRate } from './format.ts';

export type MagnetAction = 'another' | 'again';

type Notice = NoticeView<MagnetAction>;

const another = { label: 'Open another', kind: 'another' } as const;
const again = { label: 'Try again', kind: 'again' } as const;

/** Why what was pasted or dropped is not opened. */
export function refusedNotice(from: 'magnet' | 'file', reason: ErrorCode): Notice {
	const thing = from === 'magnet' ? 'magnet' : 'torrent';
	switch (reason) {
		case 'invalid-argument':
		case 'corrupt':
			return from === 'magnet'
				? {
						title: 'This is not a magnet link',
						text: 'A part of it may be missing. Copy it again, from “magnet:?” to the end.',
						action: another,
					}
				: {
						title: 'This is not a torrent',
						text: 'The file is damaged, or it is something else. Get it again.',
						action: another,
					};
		case 'resource-exhausted':
			return tooLargeNotice(thing);
		case 'unsupported':
			return {
				title: `This ${thing} is of a newer kind`,
				text: 'It is made for version 2 alone, which browsers cannot speak yet.',
				action: another,
			};
		case 'timed-out':
			return {
				title: `This ${thing} took too long to read`,
				text: 'It is built in a way no real one is, so it was left alone.',
				action: another,
			};
		case 'not-found':
		case 'unauthenticated':
		case 'permission-denied':
		case 'unavailable':
		case 'cancelled':
		case 'already-exists':
		case 'internal':
			return {
				title: `This ${thing} could not be read`,
				text: 'The file or the page is not what it was. Open it once more.',
				action: another,
			};
	}
}

/** Why a swarm that was joined is of no use. */
export function failedNotice(reason: ErrorCode): Notice {
	if (reason === 'resource-exhausted') return tooLargeNotice('torrent');
	if (reason === 'invalid-argument') {
		return {
			title: 'This torrent is damaged',
			text: 'Its own description makes no sense. Whoever made the link has to make a new one.',
			action: another,
		};
	}
	if (reason === 'unsupported') return refusedNotice('magnet', reason);
	return { title: 'The connection broke down', text: 'Nothing was lost.', action: again };
}

const tooLargeNotice = (thing: string): Notice => ({
	title: `This ${thing} is too large`,
	text: 'It lists more than a page should hold: 5,000 files, 2 MB of description or 1 TB of content.',
	action: another,
});

/** Less is an ordinary beginning; then it has to be said. */
const patienceMs = 15_000;

/** While nobody has said what is in it. */
export function searchingNotice(progress: SwarmProgress | undefined, waitedMs: number): Notice {
	if (progress?.trackers === 'unreachable') {
		return {
			title: 'The tracker cannot be reached',
			text: 'It is needed once, to find those who have the files.',
			action: again,
		};
	}
	if (waitedMs < patienceMs) {
		return { title: 'Looking for others', text: 'The list of files comes from whoever has them.' };
	}
	return (progress?.peers ?? 0) > 0
		? {
				title: 'Waiting for the list of files',
				text: 'Somebody is connected, and has not sent it yet.',
				action: again,
			}
		: {
				title: 'Nobody who has it is here yet',
				text: 'It opens by itself as soon as somebody is. Only others in a browser, or with WebTorrent, can be reached.',
				action: again,
			};
}

/** The line below an open torrent. */
export function swarmStatus(progress: SwarmProgress | undefined): StatusView {
	const peers = progress?.peers ?? 0;
	if (peers > 0) {
		return {
			dot: 'direct',
			words: `Connected to ${formatCount(peers)} ${peers === 1 ? 'other' : 'others'}`,
		};
	}
	const hasServer = progress?.sources?.some(
		({ from, state }) => from.kind === 'http-seed' && state === 'ready',
	);
	if (hasServer) return { dot: 'direct', words: 'From an HTTP seed alone' };
	return progress?.trackers === 'unreachable'
		? { dot: 'waiting', words: 'The tracker cannot be reached' }
		: { dot: 'waiting', words: 'Nobody who has it is here yet' };
}

/** Connections that only keep each other awake send less. */
const quietRate = 1000;

/** "↓ 4.2 MB/s · ↑ 300 kB/s". */
export function swarmRates(progress: SwarmProgress | undefined): string {
	const { downloadBytesPerSecond = 0, uploadBytesPerSecond = 0 } = progress ?? {};
	const parts: string[] = [];
	if (downloadBytesPerSecond >= quietRate) parts.push(`↓ ${formatRate(downloadBytesPerSecond)}`);
	if (uploadBytesPerSecond >= quietRate) parts.push(`↑ ${formatRate(uploadBytesPerSecond)}`);
	return parts.join(' · ');
}

/** The browser's player gave up. */
export const cannotPlayNotice: NoticeView<'save'> = {
	title: 'This browser cannot play the file',
	text: 'Its picture or sound is in a format the browser does not know. A player on this device may.',
	action: { label: 'Save the file', kind: 'save' },
};
