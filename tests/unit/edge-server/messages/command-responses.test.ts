import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { CommandRequest } from '../../../../edge-server/commands/command-table.ts';
import type { PeerBody } from '../../../../edge-server/messages/handlers.ts';
import {
	FileDeleteRequestSchema,
	FileDeleteResponseSchema,
	FileHashRequestSchema,
	FileHashResponseSchema,
	FileRemapRequestSchema,
	FileRemapResponseSchema,
	ScreenshotCaptureRequestSchema,
	ScreenshotCaptureResponseSchema,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCommandId, parsePeerId } from '../../../../proto/ids.ts';
import { createEdgeWorld, createSigner } from '../../../support/edge-world.ts';

const ada = createSigner(1);
const catalogId = 'a'.repeat(26);
const commandId = parseCommandId('c'.repeat(26));

const commands: [CommandRequest, PeerBody][] = [
	[
		{ case: 'fileDelete', value: create(FileDeleteRequestSchema, { catalogId }) },
		{ case: 'fileDeleteResponse', value: create(FileDeleteResponseSchema, { commandId }) },
	],
	[
		{ case: 'fileHash', value: create(FileHashRequestSchema, { catalogId }) },
		{
			case: 'fileHashResponse',
			value: create(FileHashResponseSchema, { commandId, mediaId: new Uint8Array(32) }),
		},
	],
	[
		{
			case: 'fileRemap',
			value: create(FileRemapRequestSchema, { oldCatalogId: catalogId, newCatalogId: catalogId }),
		},
		{ case: 'fileRemapResponse', value: create(FileRemapResponseSchema, { commandId }) },
	],
	[
		{ case: 'screenshotCapture', value: create(ScreenshotCaptureRequestSchema, { catalogId }) },
		{
			case: 'screenshotCaptureResponse',
			value: create(ScreenshotCaptureResponseSchema, { commandId }),
		},
	],
];

describe('answers of a peer', () => {
	it.each(commands.map(([request, answer]) => [request.case, request, answer] as const))(
		'to %s reach whoever asked',
		async (_, request, answer) => {
			const world = createEdgeWorld();
			const peer = await world.admit(ada);
			const command = { commandId, peerId: parsePeerId(ada.peerId), request };
			const outcome = world.sessions.commands.run(command, new AbortController().signal);
			await peer.say(answer);
			expect(await outcome).toMatchObject({ case: request.case, value: { commandId } });
		},
	);
});
