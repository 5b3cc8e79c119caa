// A catalog entry as it is shown: who has it, what it is, where it is watched. Knows nothing of how it was
// found.
import { bytesToHex } from '@noble/hashes/utils.js';
import { bytesToBase64Url } from '../../../peer/identity/base64url.ts';
import type { FilmTorrent } from '../../../peer/peer.ts';
import { parseInfoHash } from '../../../peer/torrent/info-hash.ts';
import type { CatalogEntry, Owner } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { MediaFacts } from '../../../proto/gen/giggityflix/v1/media_pb.js';
import type { PeerId } from '../../../proto/ids.ts';
import type { FilmView, StatusView, TorrentView } from '../view-models.ts';
import { formatClock, formatEpisode, formatResolution } from './format.ts';
import { watchHref } from './watch-link.ts';

/** `ownPeerId`: entries of this peer are "on this device". */
export function filmOfEntry(entry: CatalogEntry, ownPeerId: PeerId | undefined): FilmView {
	const owner = bestOwner(entry);
	const posterUrl = posterUrlOf(entry);
	// With a key one owner is believed whatever they send; what several have is proved by its pieces instead.
	const isShared = entry.owners.length > 1;
	const durationMs = entry.facts?.durationMs;
	return {
		key: entry.catalogId,
		href: watchHref(
			entry.catalogId,
			isShared ? undefined : owner && bytesToBase64Url(owner.publicKey),
		),
		title: entry.title,
		status: entryStatus(entry, ownPeerId),
		details: entryDetails(entry),
		...(durationMs !== undefined && { duration: formatClock(Number(durationMs)) }),
		...(posterUrl !== undefined && { posterUrl }),
	};
}

/** The name the owner chose, or words that stand for it. */
export function ownerName(owner: Owner | undefined): string {
	const name = owner?.displayName.trim() ?? '';
	return name === '' ? 'the owner' : name;
}

/** The first owner that can be reached now, else the first. */
export function bestOwner(entry: CatalogEntry): Owner | undefined {
	return entry.owners.find((owner) => owner.isOnline) ?? entry.owners[0];
}

/** Year or episode and resolution. */
export function entryDetails(entry: CatalogEntry): string[] {
	const episode = formatEpisode(entry.season, entry.episode);
	const details: string[] = [];
	if (entry.year !== undefined) details.push(String(entry.year));
	if (episode !== '') details.push(episode);
	const resolution = resolutionOf(entry.facts);
	if (resolution !== undefined) details.push(resolution);
	return details;
}

export function posterUrlOf(entry: CatalogEntry): string | undefined {
	if (!entry.posterId || entry.posterId.length === 0) return undefined;
	const hex = Array.from(entry.posterId, (byte) => byte.toString(16).padStart(2, '0')).join('');
	return `/api/posters/${hex}`;
}

/** What its owners seed, when it is for everyone and hashed. */
export function torrentOfEntry({ torrent }: CatalogEntry): TorrentView | undefined {
	return torrent && { infoHash: bytesToHex(torrent.infoHash), name: torrent.name };
}

/** The same for a swarm to join; `undefined` as well when its info hash is malformed. */
export function filmTorrentOf(entry: CatalogEntry): FilmTorrent | undefined {
	const torrent = torrentOfEntry(entry);
	const infoHash = parseInfoHash(torrent?.infoHash ?? '');
	return torrent && infoHash && { infoHash, name: torrent.name };
}

function entryStatus(entry: CatalogEntry, ownPeerId: PeerId | undefined): StatusView {
	if (entry.owners.some((owner) => owner.peerId === ownPeerId))
		return { dot: 'direct', words: 'on this device' };
	const owner = bestOwner(entry);
	const name = owner?.displayName.trim() ?? '';
	if (owner?.isOnline) return { dot: 'direct', words: `from ${name === '' ? 'a friend' : name}` };
	return { dot: 'waiting', words: `${name === '' ? 'the owner' : name} is away` };
}

function resolutionOf(facts: MediaFacts | undefined): string | undefined {
	if (facts?.widthPx === undefined || facts.heightPx === undefined) return undefined;
	return formatResolution(facts.widthPx, facts.heightPx);
}
