// The content of a file is known under another catalog id: the item takes that one, links with the old id
// still work.
import type { FileRemapRequest } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCatalogId } from '../../../proto/ids.ts';
import { answerCommand } from './answer-command.ts';
import type { EdgeMessageContext } from './context.ts';

export function fileRemapRequest(
	{ stream, files }: EdgeMessageContext,
	{ commandId, oldCatalogId, newCatalogId }: FileRemapRequest,
): Promise<void> {
	return answerCommand(
		stream,
		async () => {
			files.remap(files.find(parseCatalogId(oldCatalogId)), parseCatalogId(newCatalogId));
			return Promise.resolve({ case: 'fileRemapResponse', value: { commandId } });
		},
		(failure) => ({ case: 'fileRemapResponse', value: { commandId, failure } }),
	);
}
