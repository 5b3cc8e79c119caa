// A library item and a folder as they are shown: facts, state in words, who may see them. Knows nothing of
// lists, filters or the database.
import type { LibraryItem, Sharing, TorrentSummary } from '../../../peer/library/library-item.ts';
import type { FolderState, PeerSnapshot } from '../../../peer/peer.ts';
import type { ProbedFacts } from '../../../peer/ports.ts';
import type { ChoiceView, FilmView, FolderView, ItemView, TorrentView } from '../view-models.ts';
import {
	formatAgo,
	formatBytes,
	formatClock,
	formatCount,
	formatEpisode,
	formatPlural,
	formatResolution,
} from './format.ts';
import { hashingBadge } from './hashing-view.ts';
import { watchHref } from './watch-link.ts';
import { unreadableWords } from './words.ts';

/** Who can find a folder or film, in the words of a menu. */
export const sharingChoices: readonly ChoiceView<Sharing>[] = [
	{ value: 'public', label: 'Shared', hint: 'Everyone on this server finds it' },
	{ value: 'link-only', label: 'Link only', hint: 'Whoever has the link' },
	{ value: 'private', label: 'Private', hint: 'Only this device' },
];

const audience: Record<Sharing, string> = {
	public: 'everyone here',
	'link-only': 'by link only',
	private: 'only you',
};

export interface ItemSurroundings {
	readonly folderSharing: Sharing;
	readonly snapshot: PeerSnapshot;
	readonly nowMs: number;
	/** Whether this browser plays such a film as it is. */
	readonly isPlayable: (facts: ProbedFacts) => boolean;
	readonly loadPoster: (item: LibraryItem) => Promise<string | undefined>;
}

export function viewOfItem(item: LibraryItem, surroundings: ItemSurroundings): ItemView {
	const { folderSharing, snapshot } = surroundings;
	const sharing = item.sharing ?? folderSharing;
	const viewers = item.catalogId ? (snapshot.serving.viewersByEntry[item.catalogId] ?? 0) : 0;
	const isPresent = item.presence.kind === 'present' && isFolderOpen(item, snapshot);
	return {
		offerId: item.offerId,
		folderId: item.folderId,
		title: item.title,
		facts: factsOfItem(item).join(' · '),
		state: stateOfItem(item, surroundings),
		watching: viewers > 0 ? `${formatCount(viewers)} watching` : '',
		sharing,
		followsFolder: item.sharing === undefined,
		watchHref: item.catalogId ? watchHref(item.catalogId, snapshot.identity?.publicKey) : '',
		canPlay: isPresent && item.catalogId !== undefined,
		canCopyLink: isPresent && item.catalogId !== undefined && sharing !== 'private',
		...(sharing === 'public' && item.torrent && { torrent: torrentOf(item, item.torrent) }),
		...(item.poster.kind === 'done' && { loadPoster: () => surroundings.loadPoster(item) }),
	};
}

function torrentOf({ path }: LibraryItem, { infoHash }: TorrentSummary): TorrentView {
	return { infoHash, name: path.slice(path.lastIndexOf('/') + 1) };
}

/** An item as a card of the catalog, for when there is no server to ask; `undefined` when it cannot be played. */
export function filmOfItem(
	item: LibraryItem,
	snapshot: PeerSnapshot,
	loadPoster: ItemSurroundings['loadPoster'],
): FilmView | undefined {
	if (item.presence.kind !== 'present' || item.catalogId === undefined) return undefined;
	const { facts } = item.probe.kind === 'done' ? item.probe : { facts: undefined };
	return {
		key: item.offerId,
		href: watchHref(item.catalogId, snapshot.identity?.publicKey),
		title: item.title,
		status: { dot: 'direct', words: 'on this device' },
		details: factsOfItem(item)
			.filter((fact) => !fact.includes(':'))
			.slice(0, 2),
		...(facts?.durationMs !== undefined && { duration: formatClock(facts.durationMs) }),
		loadPoster: () => loadPoster(item),
	};
}

export function viewOfFolder(folder: FolderState): FolderView {
	const films = formatPlural(folder.itemCount, 'film', 'films');
	return {
		folderId: folder.folderId,
		name: folder.name,
		sharing: folder.sharing,
		summary: `${films} · ${audience[folder.sharing]}`,
		state: stateOfFolder(folder),
	};
}

function stateOfFolder(folder: FolderState): FolderView['state'] {
	if (folder.access === 'needs-permission')
		return { kind: 'needs-click', words: 'This folder needs one click', label: 'Open again' };
	if (folder.access === 'lost')
		return { kind: 'needs-click', words: 'Choose this folder again', label: 'Choose again' };
	switch (folder.scan.kind) {
		case 'idle':
			return { kind: 'ready' };
		case 'scanning':
			return {
				kind: 'scanning',
				words: `Looking through it: ${formatPlural(folder.scan.foundCount, 'film', 'films')} so far`,
			};
		case 'failed':
			return { kind: 'failed', words: `Could not be read: ${unreadableWords(folder.scan.reason)}` };
	}
}

function factsOfItem(item: LibraryItem): string[] {
	const parts: string[] = [];
	const episode = formatEpisode(item.season, item.episode);
	if (episode !== '') parts.push(episode);
	if (item.year !== undefined) parts.push(String(item.year));
	if (item.probe.kind === 'done') {
		const { durationMs, widthPx, heightPx } = item.probe.facts;
		if (durationMs !== undefined) parts.push(formatClock(durationMs));
		if (widthPx !== undefined && heightPx !== undefined)
			parts.push(formatResolution(widthPx, heightPx));
	}
	parts.push(formatBytes(item.sizeBytes));
	return parts;
}

function stateOfItem(item: LibraryItem, surroundings: ItemSurroundings): ItemView['state'] {
	const { presence, probe, poster } = item;
	if (presence.kind === 'missing')
		return loud('danger', `Missing since ${formatAgo(presence.sinceMs, surroundings.nowMs)}`);
	if (presence.kind === 'unreadable')
		return loud('danger', `Unreadable: ${unreadableWords(presence.reason)}`);
	if (!isFolderOpen(item, surroundings.snapshot))
		return { dot: 'waiting', words: 'Folder needs one click', isQuiet: true };
	if (probe.kind === 'failed' && probe.reason === 'unsupported')
		return loud('relayed', 'Cannot play in browsers');
	if (probe.kind === 'failed')
		return loud('danger', `Unreadable: ${unreadableWords(probe.reason)}`);
	if (probe.kind === 'done' && !surroundings.isPlayable(probe.facts))
		return loud('relayed', 'Cannot play in browsers');
	if (probe.kind === 'waiting' || poster.kind === 'waiting')
		return { dot: 'waiting', words: 'Getting picture', isQuiet: true };
	const share = surroundings.snapshot.hashing.shareByOffer[item.offerId];
	if (share !== undefined) return { dot: 'waiting', words: hashingBadge(share), isQuiet: true };
	return { dot: 'direct', words: 'Ready', isQuiet: true };
}

/** Without its folder a film can neither be played nor watched by others. */
function isFolderOpen(item: LibraryItem, { folders }: PeerSnapshot): boolean {
	return folders.find(({ folderId }) => folderId === item.folderId)?.access === 'granted';
}

function loud(dot: 'danger' | 'relayed', words: string): ItemView['state'] {
	return { dot, words, isQuiet: false };
}
