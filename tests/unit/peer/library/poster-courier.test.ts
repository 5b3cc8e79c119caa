import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnnounceSession } from '../../../../peer/library/announce-session.ts';
import { createLibrary, type Library } from '../../../../peer/library/library.ts';
import { createPosterCourier } from '../../../../peer/library/poster-courier.ts';
import {
	LimitsSchema,
	PosterStoredSchema,
	type PeerMessage,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { OfferId } from '../../../../proto/ids.ts';
import { createFakeClock } from '../../../support/peer/fake-clock.ts';
import { createMemoryLibraryStore } from '../../../support/peer/memory-library-store.ts';
import { quietLogger } from '../../../support/peer/peer-fixture.ts';
import { demoItem } from '../../../support/web/demo-peer.ts';

const image = new Uint8Array([1, 2, 3]);
const sessions: AbortController[] = [];

afterEach(() => {
	for (const session of sessions.splice(0)) session.abort();
});

/** A courier between a library of `filmCount` pictured films and an edge that answers when it is told to. */
function open({ filmCount, loadPoster }: { filmCount: number; loadPoster?: () => undefined }) {
	const clock = createFakeClock();
	const lifetime = new AbortController();
	sessions.push(lifetime);
	const library = createLibrary({
		...{ store: createMemoryLibraryStore(), clock, signal: lifetime.signal },
		onStoreTrouble: () => undefined,
	});
	const add = (number: number) => library.change({ saved: [film(number)], deletedOfferIds: [] });
	for (let number = 0; number < filmCount; number += 1) add(number);
	let looks = 0;
	const courier = createPosterCourier({
		...{ library, clock, logger: quietLogger, lastEdgeId: () => 'edge' },
		isAnnounced: () => (looks += 1) > 0,
		loadPoster: async () => (loadPoster ? loadPoster() : image),
	});
	const brought: string[] = [];
	const session: AnnounceSession = {
		...{ edgeId: 'edge', catalogSequence: 1, bufferedBytes: () => 0 },
		limits: create(LimitsSchema, { maxMessagesPerSecond: 1_000, maxPosterBytes: 1_000 }),
		send: ({ body }: PeerMessage) => {
			if (body.case === 'poster') brought.push(body.value.offerId);
		},
		signal: lifetime.signal,
	};
	courier.begin(session);
	const answer = (posterId = new Uint8Array([9])) =>
		courier.posterStored(create(PosterStoredSchema, { offerId: brought.at(-1)!, posterId }));
	return { clock, library, courier, brought, answer, add, looks: () => looks };
}

const idOf = (number: number) => `film-${number}` as OfferId;

function film(number: number) {
	const offerId = idOf(number);
	return demoItem(`Film ${number}`, { offerId, poster: { kind: 'done', posterId: 'bb' } });
}

const storedOf = (library: Library, number: number) => library.item(idOf(number))?.storedPosterId;

describe('createPosterCourier', () => {
	it('brings one picture at a time and remembers what the edge calls it', async () => {
		const { clock, library, brought, answer } = open({ filmCount: 2 });
		await clock.advance(1_000);
		expect(brought).toEqual([idOf(0)]);
		answer();
		expect(storedOf(library, 0)).toBe('09');
		await clock.advance(1_000);
		expect(brought).toEqual([idOf(0), idOf(1)]);
	});

	it('brings what was pictured meanwhile, and once', async () => {
		const { clock, courier, brought, answer, add } = open({ filmCount: 1 });
		await clock.advance(1_000);
		add(1);
		courier.ring();
		answer(new Uint8Array());
		await clock.advance(1_000);
		answer(new Uint8Array());
		await clock.advance(60_000);
		expect(brought).toEqual([idOf(0), idOf(1)]);
	});

	it('leaves out a film that is gone when its turn comes', async () => {
		const { clock, library, brought, answer } = open({ filmCount: 3 });
		await clock.advance(1_000);
		library.change({ saved: [], deletedOfferIds: [idOf(1)] });
		answer();
		await clock.advance(1_000);
		expect(brought).toEqual([idOf(0), idOf(2)]);
	});

	it('looks at a large library a few times, not once for each picture', async () => {
		const filmCount = 2_000;
		const { clock, looks } = open({ filmCount, loadPoster: () => undefined });
		await clock.until(() => looks() >= filmCount);
		await clock.advance(1_000);
		expect(looks()).toBeLessThanOrEqual(3 * filmCount);
	});
});
