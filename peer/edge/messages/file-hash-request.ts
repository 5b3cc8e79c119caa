// The network wants to know what is in a file: its SHA-256, which becomes the item's media id. The file goes
// through the same queue as in the background, in front of the others.
import { hexToBytes } from '@noble/hashes/utils.js';
import type { FileHashRequest } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCatalogId } from '../../../proto/ids.ts';
import { answerCommand } from './answer-command.ts';
import type { EdgeMessageContext } from './context.ts';

export function fileHashRequest(
	{ stream, files }: EdgeMessageContext,
	{ commandId, catalogId }: FileHashRequest,
): Promise<void> {
	return answerCommand(
		stream,
		async () => {
			const mediaId = await files.hash(files.find(parseCatalogId(catalogId)), stream.signal);
			return { case: 'fileHashResponse', value: { commandId, mediaId: hexToBytes(mediaId) } };
		},
		(failure) => ({ case: 'fileHashResponse', value: { commandId, failure } }),
	);
}
