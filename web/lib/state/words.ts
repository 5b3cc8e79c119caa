// What the app says about states and failures: a code and a situation in, a sentence and one next action
// out. The only place that turns error codes into words; core errors carry codes and nothing else.
import type { ErrorCode } from '../../../proto/errors.ts';
import type { EdgeState, ServingState } from '../../../peer/peer.ts';
import type { NoticeView, StatusView } from '../view-models.ts';
import { formatCount, formatRate } from './format.ts';

/** What a person can do on the watch page when the film does not play. */
export type WatchAction = 'retry' | 'reload' | 'tell-me' | 'save-file' | 'open-catalog';

/** Why a film does not play now. */
export type WatchSituation =
	| 'connecting'
	| 'owner-away'
	| 'asking-others'
	| 'will-tell'
	| 'wrong-key'
	| 'permission-lost'
	| 'file-changed'
	| 'gone'
	| 'codec-unsupported'
	| 'no-route'
	| 'edge-unreachable'
	| 'entry-not-found'
	| 'refused'
	| 'page-insecure'
	| 'broken';

type Notice = NoticeView<WatchAction>;

/** Each with the name of the owner. */
const watchNotices: Record<WatchSituation, (owner: string) => Notice> = {
	connecting: (owner) => ({
		title: `Connecting to ${owner}`,
		text: 'The film starts as soon as there is a way through.',
	}),
	'owner-away': (owner) => ({
		title: `${capitalize(owner)} is away`,
		text: 'The film plays when the page it is shared from is open again.',
		action: { label: `Tell me when ${owner} is back`, kind: 'tell-me' },
	}),
	'asking-others': (owner) => ({
		title: `${capitalize(owner)} is away`,
		text: 'Looking for others who have the film. It starts by itself when one of them, or the owner, is here.',
		action: { label: `Tell me when ${owner} is back`, kind: 'tell-me' },
	}),
	'will-tell': (owner) => ({
		title: `${capitalize(owner)} is away`,
		text: 'You hear from us here as soon as the film can be watched. It starts by itself while this page is open.',
		action: { label: 'Try now', kind: 'retry' },
	}),
	'wrong-key': () => ({
		title: 'This link does not belong to whoever answered',
		text: 'The answer was not signed by the person who made the link, so nothing was played. Ask for a new link.',
		action: { label: 'Go to the catalog', kind: 'open-catalog' },
	}),
	'permission-lost': (owner) => ({
		title: `${capitalize(owner)} has to open the folder again`,
		text: 'The browser over there asks for one click before it reads the folder.',
		action: { label: 'Try again', kind: 'retry' },
	}),
	'file-changed': () => ({
		title: 'The file has changed',
		text: 'It was replaced or edited while you were watching.',
		action: { label: 'Load the new version', kind: 'reload' },
	}),
	gone: (owner) => ({
		title: 'The film is not there any more',
		text: `${capitalize(owner)} has moved, deleted or stopped sharing it.`,
		action: { label: 'Go to the catalog', kind: 'open-catalog' },
	}),
	'codec-unsupported': () => ({
		title: 'This browser cannot play the film',
		text: 'Its picture or sound is in a format the browser does not know. A player on this device may.',
		action: { label: 'Save the file', kind: 'save-file' },
	}),
	'no-route': (owner) => ({
		title: `No way through to ${owner}`,
		text: 'Both of you are online, but a network in between blocks the connection.',
		action: { label: 'Try again', kind: 'retry' },
	}),
	'edge-unreachable': () => ({
		title: 'The server cannot be reached',
		text: 'It is needed once, to find each other. Films on this device still play.',
		action: { label: 'Try again', kind: 'retry' },
	}),
	'entry-not-found': () => ({
		title: 'This link leads nowhere',
		text: 'The film is not shared any more, or a part of the link is missing.',
		action: { label: 'Go to the catalog', kind: 'open-catalog' },
	}),
	refused: (owner) => ({
		title: `${capitalize(owner)} cannot take another viewer`,
		text: 'Too many are watching at the moment.',
		action: { label: 'Try again', kind: 'retry' },
	}),
	'page-insecure': () => ({
		title: 'This page cannot play films',
		text: 'Browsers play them on secure pages alone. The address has to begin with “https”.',
		action: { label: 'Go to the catalog', kind: 'open-catalog' },
	}),
	broken: () => ({
		title: 'The film stopped',
		text: 'Something went wrong on the way.',
		action: { label: 'Try again', kind: 'retry' },
	}),
};

/** `owner` is a name, or "the owner" when nobody has one. */
export function watchNotice(situation: WatchSituation, owner: string): Notice {
	return watchNotices[situation](owner);
}

/** The pill in the header. */
export function networkStatus(edge: EdgeState, serving: ServingState): StatusView {
	switch (edge.kind) {
		case 'online': {
			const parts = ['Online'];
			if (serving.viewers > 0) parts.push(`${formatCount(serving.viewers)} watching`);
			if (serving.uploadBytesPerSecond > 0)
				parts.push(`↑ ${formatRate(serving.uploadBytesPerSecond)}`);
			return { dot: 'direct', words: parts.join(' · ') };
		}
		case 'connecting':
			return { dot: 'waiting', words: 'Connecting' };
		case 'offline':
			return { dot: 'waiting', words: edge.refused ? refusedWords(edge.refused) : 'Offline' };
	}
}

/** Why the server does not let this browser in. */
function refusedWords(reason: ErrorCode): string {
	switch (reason) {
		case 'unsupported':
			return 'Offline · reload for the new version';
		case 'already-exists':
			return 'Offline · open in another browser';
		case 'resource-exhausted':
			return 'Offline · the server is full';
		case 'unauthenticated':
		case 'permission-denied':
			return 'Offline · not let in';
		case 'invalid-argument':
		case 'not-found':
		case 'unavailable':
		case 'timed-out':
		case 'cancelled':
		case 'corrupt':
		case 'internal':
			return 'Offline';
	}
}

/** Why a file or folder on this device cannot be read. */
export function unreadableWords(reason: ErrorCode): string {
	switch (reason) {
		case 'permission-denied':
			return 'not allowed to read it';
		case 'not-found':
			return 'it has gone';
		case 'corrupt':
			return 'it is changing right now';
		case 'unsupported':
			return 'not a film this app knows';
		case 'resource-exhausted':
			return 'no room left on this device';
		case 'timed-out':
			return 'the disk did not answer';
		case 'invalid-argument':
		case 'unauthenticated':
		case 'unavailable':
		case 'cancelled':
		case 'already-exists':
		case 'internal':
			return 'the disk refused';
	}
}

/** A library without a folder. */
export const emptyLibrary: NoticeView<'choose'> = {
	title: 'No folder yet',
	text: 'Choose a folder of films, or drop one anywhere on this page. Nothing is uploaded.',
	action: { label: 'Choose a folder', kind: 'choose' },
};

/** Something a person did here and that did not work. */
export type Attempt =
	| 'add-folder'
	| 'reconnect-folder'
	| 'remove'
	| 'share'
	| 'rescan'
	| 'save-settings'
	| 'restore-phrase'
	| 'reveal-phrase'
	| 'subscribe'
	| 'copy'
	| 'play'
	| 'subtitles'
	| 'save-torrent'
	| 'save'
	| 'discard'
	| 'clear';

const attemptWords: Record<Attempt, string> = {
	'add-folder': 'The folder was not added',
	'reconnect-folder': 'The folder could not be opened',
	remove: 'Nothing was removed',
	share: 'Sharing has not changed',
	rescan: 'The folder could not be searched',
	'save-settings': 'The setting was not saved',
	'restore-phrase': 'You are still who you were',
	'reveal-phrase': 'The words cannot be shown',
	subscribe: 'We cannot tell you yet',
	copy: 'Nothing was copied',
	play: 'The file cannot be played',
	subtitles: 'The subtitles were not added',
	'save-torrent': 'The .torrent was not saved',
	save: 'Nothing is being saved',
	discard: 'The file was not deleted',
	clear: 'Not everything was cleared',
};

/** "The folder was not added: no room left on this device." */
export function attemptFailed(attempt: Attempt, reason: ErrorCode): string {
	return `${attemptWords[attempt]}: ${attemptReason(attempt, reason)}.`;
}

function attemptReason(attempt: Attempt, reason: ErrorCode): string {
	if (attempt === 'restore-phrase' && reason === 'invalid-argument')
		return 'these are not the words of an identity. Check for typing mistakes';
	if (attempt === 'save' && reason === 'permission-denied')
		return 'the browser did not allow to write the file';
	if (attempt === 'subtitles') return 'the file holds no subtitles in .srt or .vtt';
	if (attempt === 'copy') return 'the browser did not allow it';
	if (attempt === 'play' && reason === 'unsupported')
		return 'this page is not secure. Its address has to begin with “https”';
	if (attempt === 'subscribe') return 'the server cannot be reached. Try again when you are online';
	return unreadableWords(reason);
}

/** What is wrong in the background, and not with one film. */
export function troubleWords(what: 'library-store' | 'folder-sources', code: ErrorCode): string {
	if (what === 'folder-sources')
		return 'This browser does not remember folders here. Choose them again after a reload.';
	return code === 'resource-exhausted'
		? 'This device has no room left. New films are not remembered.'
		: 'This browser does not let the page keep anything. Your library is gone after a reload.';
}

/** Why a pasted link is of no use. */
export function pastedLinkWords(reason: 'empty' | 'no-film' | 'not-a-link'): string {
	switch (reason) {
		case 'empty':
			return 'Paste a link first.';
		case 'no-film':
			return 'This link does not lead to a film. It should contain “/watch/”.';
		case 'not-a-link':
			return 'This is not a link. Copy it again, from “https://” to the end.';
	}
}

function capitalize(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
