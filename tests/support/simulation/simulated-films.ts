// The films of a simulated peer, which are only records, and what of them it offers.
import { create } from '@bufbuild/protobuf';
import { createHash } from 'node:crypto';
import { GiggityflixError } from '../../../proto/errors.ts';
import {
	FileOfferSchema,
	Visibility,
	type FileOffer,
} from '../../../proto/gen/giggityflix/v1/media_pb.js';
import {
	deriveCatalogId,
	randomId,
	type CatalogId,
	type OfferId,
	type PeerId,
} from '../../../proto/ids.ts';
import type { PreparedOffer } from '../../../peer/library/offer-of-item.ts';
import type { Choice } from './seeded-choice.ts';

export type Sharing = 'public' | 'link-only' | 'private';

export interface Film {
	readonly offerId: OfferId;
	readonly catalogId: CatalogId;
	readonly title: string;
	readonly sharing: Sharing;
}

export interface SimulatedFilms {
	/** Private films too. */
	readonly all: ReadonlyMap<OfferId, Film>;
	/** Those that are announced, as the catalog is to have them. */
	offered(): Film[];
	/** The announced films as the announcer wants them. */
	offers(): Map<OfferId, PreparedOffer>;
	/** Throws `not-found` for what is not announced. */
	find(catalogId: CatalogId): Film;
	add(): void;
	change(film: Film, changes: Partial<Pick<Film, 'title' | 'sharing'>>): void;
	delete(offerId: OfferId): void;
}

/** `onChange` is called after each change. */
export function createSimulatedFilms(
	peerId: PeerId,
	choice: Choice,
	onChange: () => void,
): SimulatedFilms {
	const all = new Map<OfferId, Film>();
	let count = 0;
	const put = (film: Film): void => {
		all.set(film.offerId, film);
		onChange();
	};
	const offered = () => [...all.values()].filter(({ sharing }) => sharing !== 'private');
	return {
		all,
		offered,
		offers: () => new Map(offered().map((film) => [film.offerId, prepare(film)])),
		find: (catalogId) => {
			const film = offered().find((it) => it.catalogId === catalogId);
			if (film) return film;
			throw new GiggityflixError('not-found', 'no such file is offered');
		},
		add: () => {
			const offerId = randomId<OfferId>(choice.fill);
			const title = `Film ${(count += 1)} of ${peerId}`;
			const sharing = choice.pick<Sharing>(['public', 'public', 'link-only', 'private']);
			put({ offerId, title, sharing, catalogId: deriveCatalogId(peerId, offerId) });
		},
		change: (film, changes) => {
			const known = all.get(film.offerId);
			if (known) put({ ...known, ...changes });
		},
		delete: (offerId) => {
			all.delete(offerId);
			onChange();
		},
	};
}

function prepare(film: Film): PreparedOffer {
	const { title, sharing } = film;
	const fingerprint = createHash('md5').update(`${title} ${sharing}`).digest('hex');
	return { offer: offerOf(film), fingerprint, sizeOnWireBytes: 120 };
}

function offerOf({ offerId, title, sharing }: Film): FileOffer {
	return create(FileOfferSchema, {
		...{ offerId, title, folder: 'Films', sizeBytes: 1_000_000n },
		modifiedAtMs: 1_600_000_000_000n,
		visibility: sharing === 'public' ? Visibility.PUBLIC : Visibility.LINK_ONLY,
	});
}
