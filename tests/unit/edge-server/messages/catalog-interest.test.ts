import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { CatalogInterestSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import { createEdgeWorld, createSigner } from '../../../support/edge-world.ts';
import { offerId } from '../../../support/offers.ts';

const ada = createSigner(1);

describe('catalog interest', () => {
	it.each([
		[
			'more entries than a page shows',
			Array.from({ length: 101 }, (_, n) => offerId(n)),
			ErrorCode.RESOURCE_EXHAUSTED,
		],
		['a malformed id', ['<script>'], ErrorCode.INVALID_ARGUMENT],
	])('in %s is refused, and the session goes on', async (_, catalogIds, code) => {
		const peer = await createEdgeWorld().admit(ada);
		const value = create(CatalogInterestSchema, { catalogIds });
		await peer.say({ case: 'catalogInterest', value });
		expect(peer.of('reject')).toMatchObject([{ failure: { code } }]);
		expect(peer.closedWith).toBeUndefined();
	});
});
