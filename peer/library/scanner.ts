// Lists the films of a folder with the subtitles that lie beside them: names, sizes and times only, no file
// is opened. Rule: one pass, bounded work per file, cancellable. Knows nothing of what is known already.
import type { FolderSource, ListedFile } from '../ports.ts';
import { stemOf } from './title.ts';

/** A film the folder has, or a path that could not be read: a film (by its extension) or a directory. */
export type ListedFilm =
	| (Extract<ListedFile, { kind: 'file' }> & { readonly sideCarPaths: readonly string[] })
	| (Extract<ListedFile, { kind: 'unreadable' }> & { readonly isFilm: boolean });

const subtitleExtensions = ['.srt', '.vtt'];

/**
 * Every film below the folder. `onFound` hears the running count of films. Throws `signal.reason` when aborted and
 * what the folder throws.
 */
export async function scanFolder(options: {
	source: FolderSource;
	/** Lower-case, with the dot. */
	includeExtensions: readonly string[];
	onFound: (foundCount: number) => void;
	signal: AbortSignal;
}): Promise<ListedFilm[]> {
	const { source, onFound, signal } = options;
	const filmExtensions = new Set(options.includeExtensions);
	const wanted = new Set([...filmExtensions, ...subtitleExtensions]);
	const films: Extract<ListedFile, { kind: 'file' }>[] = [];
	const unreadable: Extract<ListedFilm, { kind: 'unreadable' }>[] = [];
	const subtitles: string[] = [];
	const isWanted = (path: string) => !isHidden(path) && wanted.has(extensionOf(path));
	for await (const file of source.list({ isWanted, signal })) {
		signal.throwIfAborted();
		if (file.kind === 'unreadable') {
			unreadable.push({ ...file, isFilm: filmExtensions.has(extensionOf(file.path)) });
		} else if (filmExtensions.has(extensionOf(file.path))) {
			films.push(file);
			onFound(films.length);
		} else {
			subtitles.push(file.path);
		}
	}
	const sideCars = matchSideCars(
		films.map(({ path }) => path),
		subtitles,
	);
	return [
		...films.map((film) => ({ ...film, sideCarPaths: sideCars.get(film.path) ?? [] })),
		...unreadable,
	];
}

/**
 * Which subtitles belong to which film: the same directory, and the film's name followed by nothing or by at
 * most two words such as a language and "forced". Each subtitle has one film, the one with the longest name.
 */
export function matchSideCars(
	filmPaths: readonly string[],
	subtitlePaths: readonly string[],
): Map<string, string[]> {
	const filmOfStem = new Map<string, string>();
	for (const path of filmPaths) filmOfStem.set(stemOf(path).toLowerCase(), path);
	const matched = new Map<string, string[]>();
	for (const subtitle of [...subtitlePaths].sort()) {
		let stem = stemOf(subtitle).toLowerCase();
		for (let suffixes = 0; suffixes <= 2; suffixes += 1) {
			const film = filmOfStem.get(stem);
			if (film !== undefined) {
				matched.set(film, [...(matched.get(film) ?? []), subtitle]);
				break;
			}
			stem = stemOf(stem);
		}
	}
	return matched;
}

/** The BCP 47 language in the name of a subtitle, "en" for `Film.eng.forced.srt`; empty when there is none. */
export function languageOfSideCar(filmPath: string, sideCarPath: string): string {
	const suffix = stemOf(sideCarPath).slice(stemOf(filmPath).length);
	for (const word of suffix.split('.')) {
		if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(word) || /^(sdh|cc)$/i.test(word)) continue;
		return Intl.getCanonicalLocales(word)[0] ?? '';
	}
	return '';
}

/** In lower case, with the dot; empty when there is none. */
function extensionOf(path: string): string {
	const dot = path.lastIndexOf('.');
	return dot > path.lastIndexOf('/') ? path.slice(dot).toLowerCase() : '';
}

/** Files that programs left, such as macOS's "._Film.mp4", have the extension of a film and are none. */
function isHidden(path: string): boolean {
	return path.charAt(path.lastIndexOf('/') + 1) === '.';
}
