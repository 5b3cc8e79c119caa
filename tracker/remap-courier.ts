// Tells peers which ids their offers go by, through the command topic of their edge, slowly enough that their
// answers stay within what an edge accepts. Rule: told when an id changes, and of every merged offer whenever the
// peer comes back, for it may have lost what it was told; saying it twice does no harm. Remembers nothing else.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../proto/errors.ts';
import { EdgeCommandSchema } from '../proto/gen/giggityflix/v1/events_pb.js';
import { randomId, type CommandId, type OfferId, type PeerId } from '../proto/ids.ts';
import type { Catalog } from './catalog.ts';
import type { CommandRouter } from './command-router.ts';
import type { Leases } from './leases.ts';
import { ownIdOf } from './own-ids.ts';
import type { Clock, Logger, RandomBytes } from './ports.ts';

export interface RemapCourier {
	/** The id of an offer may have changed. Peers that are away are told when they come back. */
	tell(peerId: PeerId, offerId: OfferId): void;
	/** A peer is here again: tells it of all its offers that go by another id than their own. */
	peerCameBack(peerId: PeerId): void;
	stop(): void;
}

interface Deps {
	readonly router: CommandRouter;
	readonly catalog: Pick<Catalog, 'offersOf' | 'resolve'>;
	readonly leases: Pick<Leases, 'holder'>;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
}

/** Twenty answers a second are a fifth of what an edge lets a peer say. */
const paceMs = 50;

export function createRemapCourier(deps: Deps): RemapCourier {
	const untold = new Map<PeerId, Set<OfferId>>();
	let cancel: (() => void) | undefined;

	function add(peerId: PeerId, offerId: OfferId): void {
		const offers = untold.get(peerId) ?? new Set();
		untold.set(peerId, offers.add(offerId));
		cancel ??= deps.clock.after(0, round);
	}

	/** One offer of every peer. */
	function round(): void {
		cancel = undefined;
		for (const [peerId, offers] of untold) {
			const [offerId] = offers;
			const isHere = deps.leases.holder(peerId) !== undefined;
			if (offerId !== undefined) offers.delete(offerId);
			if (offers.size === 0 || !isHere) untold.delete(peerId);
			if (offerId !== undefined && isHere) void send(peerId, offerId);
		}
		if (untold.size > 0) cancel ??= deps.clock.after(paceMs, round);
	}

	async function send(peerId: PeerId, offerId: OfferId): Promise<void> {
		const offer = deps.catalog.offersOf(peerId).get(offerId);
		if (!offer) return;
		const value = create(EdgeCommandSchema, {
			commandId: randomId<CommandId>(deps.randomBytes),
			peerId,
			request: {
				case: 'fileRemap',
				value: {
					oldCatalogId: ownIdOf(offer),
					newCatalogId: deps.catalog.resolve(offer.catalogId),
				},
			},
		});
		try {
			await deps.router.route(value);
		} catch (caught) {
			const { code } = GiggityflixError.from(caught);
			deps.logger.warn('a peer could not be told of a remap', { peerId, code });
		}
	}

	return {
		tell: add,
		peerCameBack(peerId) {
			for (const offer of deps.catalog.offersOf(peerId).values()) {
				if (deps.catalog.resolve(offer.catalogId) !== ownIdOf(offer)) add(peerId, offer.offerId);
			}
		},
		stop: () => cancel?.(),
	};
}
