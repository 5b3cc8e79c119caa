// Posters of this device's own films as object URLs, made when they come into sight. The oldest are let go,
// so that a library of ten thousand films does not keep ten thousand pictures in memory.
import type { LibraryItem } from '../../../peer/library/library-item.ts';
import type { Peer } from '../../../peer/peer.ts';

export interface LocalPosters {
	/** The same URL for the same picture; `undefined` when there is none. */
	load(item: LibraryItem): Promise<string | undefined>;
	/** Lets go of everything. */
	close(): void;
}

/** Object URLs as the browser makes them. */
export type ObjectUrls = Pick<typeof URL, 'createObjectURL' | 'revokeObjectURL'>;

/** Ten screens of a phone, five of a large display; 20 kB each. */
const maxKept = 400;

export function createLocalPosters(
	peer: Pick<Peer, 'poster'>,
	urls: ObjectUrls = URL,
): LocalPosters {
	const kept = new Map<string, Promise<string | undefined>>();

	const release = (url: Promise<string | undefined>) => {
		void url.then((made) => made !== undefined && urls.revokeObjectURL(made));
	};

	const make = async (item: LibraryItem) => {
		const image = await peer.poster(item.offerId);
		return image && urls.createObjectURL(new Blob([image], { type: 'image/webp' }));
	};

	return {
		load: (item) => {
			if (item.poster.kind !== 'done') return Promise.resolve(undefined);
			const { posterId } = item.poster;
			const url = kept.get(posterId) ?? make(item);
			// Last used, last let go.
			kept.delete(posterId);
			kept.set(posterId, url);
			const oldest = kept.size > maxKept ? kept.keys().next().value : undefined;
			if (oldest !== undefined) {
				const leaving = kept.get(oldest);
				kept.delete(oldest);
				if (leaving) release(leaving);
			}
			return url;
		},
		close: () => {
			for (const url of kept.values()) release(url);
			kept.clear();
		},
	};
}
