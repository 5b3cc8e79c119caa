// Links to films: how one is written and what a pasted one means. The owner's key stays behind the "#",
// where no server sees it. Knows nothing of navigation.
import { looksLikeMagnet } from '../../../peer/torrent/magnet.ts';
import type { WatchTarget } from '../../../peer/peer.ts';
import { derivePeerId, parseCatalogId, type CatalogId } from '../../../proto/ids.ts';

/** What was pasted. */
export type PastedLink =
	/** A film of this server, or a magnet, which is opened here; `href` is relative. */
	| { readonly kind: 'here'; readonly href: string }
	/** A film of another server; `href` is absolute, http or https. */
	| { readonly kind: 'elsewhere'; readonly href: string }
	| { readonly kind: 'unusable'; readonly reason: 'empty' | 'no-film' | 'not-a-link' };

const publicKeyBytes = 33;

/** Path of an entry's page, with the owner's key when it is known. */
export function watchHref(catalogId: string, publicKey?: string): string {
	const path = `/watch/${catalogId}`;
	return publicKey ? `${path}#k=${publicKey}` : path;
}

/** Path of the page that asks whether to open a magnet. Behind the "#" no server sees it. */
export function magnetHref(magnet: string): string {
	return `/magnet#link=${encodeURIComponent(magnet.toWellFormed())}`;
}

/** The magnet of such a path's hash; `undefined` when there is none or it is damaged. */
export function magnetOfHash(hash: string): string | undefined {
	if (!hash.startsWith('#link=')) return undefined;
	try {
		return decodeURIComponent(hash.slice('#link='.length));
	} catch {
		return undefined;
	}
}

/** Reads what a person pasted; `origin` is this server's. */
export function parsePastedLink(text: string, origin: string): PastedLink {
	const trimmed = text.trim();
	if (trimmed === '') return { kind: 'unusable', reason: 'empty' };
	if (looksLikeMagnet(trimmed)) return { kind: 'here', href: magnetHref(trimmed) };
	const url = parseUrl(trimmed, origin);
	if (!url) return { kind: 'unusable', reason: 'not-a-link' };
	const catalogId = catalogIdOfPath(url.pathname);
	if (!catalogId) return { kind: 'unusable', reason: 'no-film' };
	const href = watchHref(catalogId, keyTextOfHash(url.hash));
	return url.origin === origin
		? { kind: 'here', href }
		: { kind: 'elsewhere', href: `${url.origin}${href}` };
}

/** What a link to a film of this server opens; `undefined` for other links, and for those that name no owner. */
export function targetOfLink(link: Pick<URL, 'pathname' | 'hash'>): WatchTarget | undefined {
	const catalogId = catalogIdOfPath(link.pathname);
	const ownerPublicKey = ownerKeyOfHash(link.hash);
	return catalogId && ownerPublicKey && targetOf(catalogId, ownerPublicKey);
}

/** A film of the owner with this key. */
export function targetOf(catalogId: CatalogId, ownerPublicKey: Uint8Array): WatchTarget {
	return { catalogId, ownerPublicKey, ownerPeerIds: [derivePeerId(ownerPublicKey)] };
}

/** The key of a link's hash; `undefined` when there is none or it is damaged. */
export function ownerKeyOfHash(hash: string): Uint8Array<ArrayBuffer> | undefined {
	const text = keyTextOfHash(hash);
	return text === undefined ? undefined : decodeBase64Url(text);
}

/** A catalog id taken from an address bar; `undefined` when it is none. */
export function catalogIdOf(text: string): CatalogId | undefined {
	try {
		return parseCatalogId(text);
	} catch {
		return undefined;
	}
}

function keyTextOfHash(hash: string): string | undefined {
	const text = new URLSearchParams(hash.replace(/^#/, '')).get('k');
	return text !== null && decodeBase64Url(text) ? text : undefined;
}

function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
	if (!/^[\w-]+$/.test(text)) return undefined;
	try {
		const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
		const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
		return bytes.length === publicKeyBytes ? bytes : undefined;
	} catch {
		return undefined;
	}
}

/** A bare path or "host/watch/…" without its scheme is a link too: that is how people copy them. */
function parseUrl(text: string, origin: string): URL | undefined {
	if (/\s/.test(text)) return undefined;
	const isPath = text.startsWith('/');
	const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
	if (!isPath && !hasScheme && !text.includes('/')) return undefined;
	const absolute = hasScheme ? text : isPath ? `${origin}${text}` : `https://${text}`;
	if (!URL.canParse(absolute)) return undefined;
	const url = new URL(absolute);
	return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
}

function catalogIdOfPath(pathname: string): CatalogId | undefined {
	const match = /^\/watch\/([^/]+)\/?$/.exec(pathname);
	return match?.[1] === undefined ? undefined : catalogIdOf(match[1]);
}
