import { createHash } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { PosterSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import { maxPosterBytes } from '../../../../proto/limits.ts';
import { createEdgeWorld, createSigner } from '../../../support/edge-world.ts';
import { offerId } from '../../../support/offers.ts';
import { webP } from '../../../support/web-p.ts';

const ada = createSigner(1);
const poster = (id: string, image: Uint8Array) =>
	({ case: 'poster', value: create(PosterSchema, { offerId: id, image }) }) as const;

describe('a poster', () => {
	it('is stored under the SHA-256 of its bytes', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		const image = webP(maxPosterBytes);
		await peer.say(poster(offerId(1), image));
		const digest = createHash('sha256').update(image).digest();
		expect(world.posters.get(digest.toString('hex'))).toEqual(image);
		const [stored] = peer.of('posterStored');
		expect(stored?.offerId).toBe(offerId(1));
		expect(Buffer.from(stored!.posterId)).toEqual(digest);
		expect(stored?.failure).toBeUndefined();
	});

	it.each([
		['larger than allowed', offerId(1), webP(maxPosterBytes + 2), ErrorCode.RESOURCE_EXHAUSTED],
		['no WebP', offerId(1), new Uint8Array(100), ErrorCode.INVALID_ARGUMENT],
		['empty', offerId(1), new Uint8Array(), ErrorCode.INVALID_ARGUMENT],
		['of a malformed offer id', '../../poster', webP(20), ErrorCode.INVALID_ARGUMENT],
	])('that is %s is refused, and nothing else', async (_, id, image, code) => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		await peer.say(poster(id, image));
		expect(peer.of('posterStored')).toMatchObject([{ offerId: id, failure: { code } }]);
		expect(world.posters.size).toBe(0);
		expect(peer.closedWith).toBeUndefined();
	});
});
