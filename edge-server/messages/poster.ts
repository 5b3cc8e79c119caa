// The picture of one offer, stored under the SHA-256 of its bytes. Whether the offer was announced is not
// asked: the catalog id is made of the session's own peer id and the offer id, so a peer can name no offer
// but its own, and a picture is only ever shown through an offer that carries its digest.
import { createHash } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import { PosterStoredSchema, type Poster } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseOfferId } from '../../proto/ids.ts';
import { maxPosterBytes } from '../../proto/limits.ts';
import type { PosterStore } from '../ports.ts';
import type { PeerContext } from './handlers.ts';
import { isWebP } from './web-p.ts';

export async function poster({ session, posters }: PeerContext, message: Poster): Promise<void> {
	const { offerId } = message;
	try {
		const posterId = await store(posters, message);
		const value = create(PosterStoredSchema, { offerId, posterId });
		session.send({ case: 'posterStored', value });
	} catch (caught) {
		const error = GiggityflixError.from(caught);
		const value = create(PosterStoredSchema, { offerId, failure: error.toFailure() });
		session.send({ case: 'posterStored', value });
		// A store that fails is the dispatcher's to log.
		if (error.code === 'internal') throw error;
	}
}

async function store(posters: PosterStore, { offerId, image }: Poster): Promise<Uint8Array> {
	parseOfferId(offerId);
	if (image.length > maxPosterBytes) {
		throw new GiggityflixError(
			'resource-exhausted',
			`a poster has at most ${maxPosterBytes} bytes`,
		);
	}
	if (!isWebP(image))
		throw new GiggityflixError('invalid-argument', 'the poster is not a WebP picture');
	const posterId = createHash('sha256').update(image).digest();
	await posters.put(posterId.toString('hex'), image);
	return posterId;
}
