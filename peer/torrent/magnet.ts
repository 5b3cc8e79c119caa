// Magnet links (https://www.bittorrent.org/beps/bep_0009.html): what a stranger's link says, within limits,
// and how one is written. Addresses of peers and files to choose are not taken from a link.
import { GiggityflixError } from '../../proto/errors.ts';
import { readHttpSeedUrls } from './http-seed-urls.ts';
import { parseInfoHash, type InfoHash } from './info-hash.ts';
import { plainName } from './plain-name.ts';
import { torrentLimits } from './torrent-limits.ts';
import { readTrackerUrls } from './tracker-urls.ts';

export interface Magnet {
	readonly infoHash: InfoHash;
	/** What the link calls it; empty when it has no name. Nobody has checked it. */
	readonly name: string;
	/** Of any protocol. */
	readonly trackers: readonly string[];
	/** Web servers that have its files. */
	readonly httpSeeds: readonly string[];
}

/** Whether a text means to be a magnet link. */
export function looksLikeMagnet(text: string): boolean {
	return /^\s*magnet:\?/i.test(text);
}

/**
 * Throws `invalid-argument` when it is no magnet of a torrent, `unsupported` when it names version 2 alone,
 * `resource-exhausted` when it is too long.
 */
export function parseMagnet(text: string): Magnet {
	if (text.length > torrentLimits.maxMagnetCharacters) {
		throw new GiggityflixError('resource-exhausted', 'the magnet is too long');
	}
	if (!looksLikeMagnet(text)) throw new GiggityflixError('invalid-argument', 'not a magnet');
	const params = new URLSearchParams(text.trim().slice('magnet:?'.length));
	return {
		infoHash: infoHashOfTopics(params.getAll('xt')),
		name: plainName(params.get('dn') ?? ''),
		trackers: readTrackerUrls(params.getAll('tr')),
		httpSeeds: readHttpSeedUrls(params.getAll('ws')),
	};
}

/** As other clients read it. */
export function writeMagnet({ infoHash, name, trackers, httpSeeds }: Magnet): string {
	const parts = [`xt=urn:btih:${infoHash}`];
	if (name !== '') parts.push(`dn=${encodeURIComponent(name.toWellFormed())}`);
	for (const tracker of trackers) parts.push(`tr=${encodeURIComponent(tracker)}`);
	for (const url of httpSeeds) parts.push(`ws=${encodeURIComponent(url)}`);
	return `magnet:?${parts.join('&')}`;
}

function infoHashOfTopics(topics: readonly string[]): InfoHash {
	for (const topic of topics) {
		const hash = /^urn:btih:(.*)$/is.exec(topic)?.[1];
		const infoHash = hash === undefined ? undefined : parseInfoHash(hash);
		if (infoHash !== undefined) return infoHash;
	}
	if (topics.some((topic) => /^urn:btmh:/i.test(topic))) {
		throw new GiggityflixError('unsupported', 'a torrent of version 2 alone');
	}
	throw new GiggityflixError('invalid-argument', 'the magnet names no torrent');
}
