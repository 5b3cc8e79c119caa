// The operator wants a file deleted from this disk. Only where the owner has allowed it.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { FileDeleteRequest } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCatalogId } from '../../../proto/ids.ts';
import { answerCommand } from './answer-command.ts';
import type { EdgeMessageContext } from './context.ts';

export function fileDeleteRequest(
	{ stream, files }: EdgeMessageContext,
	{ commandId, catalogId }: FileDeleteRequest,
): Promise<void> {
	return answerCommand(
		stream,
		async () => {
			if (!files.isDeleteAllowed()) {
				throw new GiggityflixError('permission-denied', 'the owner does not allow deleting');
			}
			await files.delete(files.find(parseCatalogId(catalogId)));
			return { case: 'fileDeleteResponse', value: { commandId } };
		},
		(failure) => ({ case: 'fileDeleteResponse', value: { commandId, failure } }),
	);
}
