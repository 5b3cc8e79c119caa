// The network wants to know what is in a file: its SHA-256, which becomes the item's media id.
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { FileHashRequest } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCatalogId, type MediaId } from '../../../proto/ids.ts';
import { answerCommand } from './answer-command.ts';
import type { EdgeMessageContext } from './context.ts';

export function fileHashRequest(
	{ stream, files, hasher }: EdgeMessageContext,
	{ commandId, catalogId }: FileHashRequest,
): Promise<void> {
	return answerCommand(
		stream,
		async () => {
			const item = files.find(parseCatalogId(catalogId));
			const mediaId = item.mediaId
				? hexToBytes(item.mediaId)
				: await hasher.sha256(await files.open(item), stream.signal);
			files.setMediaId(item, bytesToHex(mediaId) as MediaId);
			return { case: 'fileHashResponse', value: { commandId, mediaId } };
		},
		(failure) => ({ case: 'fileHashResponse', value: { commandId, failure } }),
	);
}
