// Pictures that lie at other edges. Who does not have one asks all edges over the bus; who has it answers on the
// command topic of the one that asked, which checks the digest and keeps a copy. Nothing has to know where a picture
// lies, edges need no way to each other but the bus, and a picture outlives the edge its owner was at.
import { create } from '@bufbuild/protobuf';
import { createHash } from 'node:crypto';
import type { MessageBus } from '../../bus/message-bus.ts';
import type { Topics } from '../../bus/topics.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	PosterFoundSchema,
	PosterWantedSchema,
	type PosterFound,
	type PosterWanted,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import { parseEdgeId, type EdgeId } from '../../proto/ids.ts';
import { maxPosterBytes } from '../../proto/limits.ts';
import { isWebP } from '../messages/web-p.ts';
import type { Clock, Logger, PosterStore } from '../ports.ts';

/** Many times what the bus takes. A page shows its placeholder meanwhile. */
const answerTimeoutMs = 2_000;
/** Pictures asked for at once; more names are guesses, or a crowd that asks again. */
const maxWanted = 500;

/** What comes by the bus. */
export interface PosterExchange {
	/** Another edge asks. Never throws. */
	wanted(message: PosterWanted): void;
	/** Another edge answers. Never throws. */
	found(message: PosterFound): void;
}

interface Deps {
	readonly edgeId: EdgeId;
	/** The pictures of this edge. */
	readonly local: PosterStore;
	readonly bus: Pick<MessageBus, 'publish'>;
	readonly topics: Topics;
	readonly clock: Pick<Clock, 'after'>;
	readonly logger: Logger;
}

interface Wanted {
	readonly image: Promise<Uint8Array | undefined>;
	readonly settle: (image: Uint8Array | undefined) => void;
}

export function createClusterPosters(deps: Deps): PosterStore & PosterExchange {
	const { local } = deps;
	const wanted = new Map<string, Wanted>();

	function ask(posterId: string): Promise<Uint8Array | undefined> {
		const asked = wanted.get(posterId);
		if (asked !== undefined) return asked.image;
		if (wanted.size >= maxWanted) {
			throw new GiggityflixError('resource-exhausted', 'too many pictures are being looked for');
		}
		const { promise: image, resolve } = Promise.withResolvers<Uint8Array | undefined>();
		const settle: Wanted['settle'] = (found) => {
			cancelTimer();
			wanted.delete(posterId);
			resolve(found);
		};
		const cancelTimer = deps.clock.after(answerTimeoutMs, () => settle(undefined));
		wanted.set(posterId, { image, settle });
		publishWanted(deps, posterId).catch((caught: unknown) => {
			warn(deps, 'other edges could not be asked for a picture', caught);
			settle(undefined);
		});
		return image;
	}

	async function keep({ image }: PosterFound): Promise<void> {
		const posterId = createHash('sha256').update(image).digest('hex');
		const isPicture = image.length <= maxPosterBytes && isWebP(image);
		if (!isPicture || !wanted.has(posterId)) return;
		await local.put(posterId, image);
		wanted.get(posterId)?.settle(image);
	}

	return {
		put: (posterId, image) => local.put(posterId, image),
		get: async (posterId) => (await local.get(posterId)) ?? ask(posterId),
		wanted: (message) => {
			if (message.edgeId === deps.edgeId) return;
			answer(deps, message).catch((caught: unknown) => {
				warn(deps, 'an edge could not be given a picture', caught);
			});
		},
		found: (message) => {
			keep(message).catch((caught: unknown) => {
				warn(deps, 'a picture of another edge could not be kept', caught);
			});
		},
	};
}

function publishWanted({ bus, topics, edgeId }: Deps, posterId: string): Promise<void> {
	return bus.publish(topics.posterWanted, posterId, {
		case: 'posterWanted',
		value: create(PosterWantedSchema, { posterId: Buffer.from(posterId, 'hex'), edgeId }),
	});
}

async function answer(
	{ local, bus, topics }: Deps,
	{ posterId, edgeId }: PosterWanted,
): Promise<void> {
	const name = Buffer.from(posterId).toString('hex');
	const image = await local.get(name);
	if (image === undefined) return;
	await bus.publish(topics.edgeCommands(parseEdgeId(edgeId)), name, {
		case: 'posterFound',
		value: create(PosterFoundSchema, { posterId, image }),
	});
}

function warn({ logger }: Deps, message: string, caught: unknown): void {
	const { code, message: reason } = GiggityflixError.from(caught);
	logger.warn(message, { code, reason });
}
