// An owner whose viewer has no mind of its own, for what one end of a link makes of exactly what it is told.
import { decodeMessage, encodeControl } from '../../../peer/transfer/frames.ts';
import { createLinkPair, type LinkPair } from './link-pair.ts';
import { createMemoryFile, filmId, offerMemoryFile, testBytes } from './offered-memory.ts';

export const mebibyte = 1024 * 1024;
export const film = testBytes(20 * mebibyte);

interface RangeChanges {
	offsetBytes?: number;
	lengthBytes?: number;
	credit?: number;
	sideCar?: number;
	modifiedAtMs?: number;
}

/** A viewer without a mind of its own: says exactly what the test says. */
export async function createOwner(maxUploadKbps?: () => number) {
	const file = createMemoryFile(film);
	const pair = await createLinkPair({
		offeredFiles: offerMemoryFile(file),
		...(maxUploadKbps && { maxUploadKbps }),
		isViewerMute: true,
	});
	const range = (requestId: number, changes: RangeChanges = {}) =>
		pair.serving.handleMessage(
			encodeControl({
				case: 'range',
				value: {
					...{ requestId, catalogId: filmId, sideCar: changes.sideCar ?? 0 },
					offsetBytes: BigInt(changes.offsetBytes ?? 0),
					lengthBytes: BigInt(changes.lengthBytes ?? film.length),
					modifiedAtMs: BigInt(changes.modifiedAtMs ?? file.modifiedAtMs),
					initialCreditBytes: changes.credit ?? mebibyte,
				},
			}),
		);
	const say = (body: Parameters<typeof encodeControl>[0]) =>
		pair.serving.handleMessage(encodeControl(body));
	return { file, pair, range, say };
}

export const answersOf = ({ ownerLink }: LinkPair) =>
	ownerLink.sentMessages
		.map(decodeMessage)
		.flatMap((message) => (message.kind === 'control' ? [message.body] : []));
export const payloadsOf = ({ ownerLink }: LinkPair) =>
	ownerLink.sentMessages
		.map(decodeMessage)
		.flatMap((message) => (message.kind === 'payload' ? [message] : []));
