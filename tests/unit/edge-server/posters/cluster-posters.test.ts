// Pictures of other edges: three edges on one bus, each with a store of its own.
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../../bus/memory-bus.ts';
import { defaultTopics } from '../../../../bus/topics.ts';
import { createClusterPosters } from '../../../../edge-server/posters/cluster-posters.ts';
import { create } from '@bufbuild/protobuf';
import { PosterFoundSchema } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { parseEdgeId } from '../../../../proto/ids.ts';
import { createCountingBytes } from '../../../support/edge-world.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { webP } from '../../../support/web-p.ts';

const picture = webP(2_000, 7);
const idOf = (image: Uint8Array) => createHash('sha256').update(image).digest('hex');
const absent = '0'.repeat(64);
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0)) await close();
});

async function open() {
	const clock = createManualClock();
	const logger = { info: () => undefined, warn: expect.unreachable, error: expect.unreachable };
	const randomBytes = createCountingBytes();
	const bus = createMemoryBus({ producer: 'edges', clock, randomBytes, logger });
	closing.push(() => bus.close());
	const edges = await Promise.all(
		['edge-a', 'edge-b', 'edge-c'].map(async (name) => {
			const edgeId = parseEdgeId(name);
			const files = new Map<string, Uint8Array>();
			const local = {
				put: async (id: string, image: Uint8Array) => void files.set(id, image),
				get: async (id: string) => files.get(id),
			};
			const posters = createClusterPosters({
				...{ edgeId, local, bus, clock, logger },
				topics: defaultTopics,
			});
			await bus.subscribe({
				group: name,
				topics: [defaultTopics.posterWanted, defaultTopics.edgeCommands(edgeId)],
				handle: async ({ body }) => {
					if (body.case === 'posterWanted') posters.wanted(body.value);
					if (body.case === 'posterFound') posters.found(body.value);
				},
			});
			return { posters, files };
		}),
	);
	const settle = async () => {
		for (let turn = 0; turn < 20; turn += 1) {
			await new Promise((resolve) => setImmediate(resolve));
		}
	};
	return { clock, bus, settle, edges: edges as [Edge, Edge, Edge] };
}
type Edge = { posters: ReturnType<typeof createClusterPosters>; files: Map<string, Uint8Array> };

describe('posters of a cluster', () => {
	it('come from whichever edge has them, and stay', async () => {
		const { bus, edges, clock } = await open();
		const [viewers, owners] = edges;
		await owners.posters.put(idOf(picture), picture);
		const twice = [1, 2].map(() => viewers.posters.get(idOf(picture)));
		for (const found of await Promise.all(twice)) expect(found).toEqual(picture);
		const { published } = bus.counts();
		expect(published).toBe(2);
		owners.files.clear();
		expect(await viewers.posters.get(idOf(picture))).toEqual(picture);
		expect(bus.counts().published).toBe(published);
		expect(clock.pending()).toBe(0);
	});

	it('that nobody has are not found', async () => {
		const { edges, clock, settle } = await open();
		const wanted = edges[0].posters.get(absent);
		await settle();
		clock.advance(2_000);
		expect(await wanted).toBeUndefined();
	});

	it('are believed by their digest alone, and only when they were wanted', async () => {
		const { edges, clock, settle } = await open();
		const [{ posters, files }] = edges;
		const wanted = posters.get(absent);
		await settle();
		for (const image of [picture, new Uint8Array(10), new Uint8Array(100_000)]) {
			posters.found(create(PosterFoundSchema, { posterId: new Uint8Array(32), image }));
		}
		await settle();
		clock.advance(2_000);
		expect(await wanted).toBeUndefined();
		expect(files.size).toBe(0);
	});

	it('are looked for in bounded numbers', async () => {
		const { edges, clock } = await open();
		const names = Array.from({ length: 500 }, (_, at) => at.toString(16).padStart(64, '0'));
		const wanted = names.map((name) => edges[0].posters.get(name));
		await Promise.resolve();
		await expect(edges[0].posters.get('f'.repeat(64))).rejects.toMatchObject({
			code: 'resource-exhausted',
		});
		clock.advance(2_000);
		await Promise.all(wanted);
	});
});
