import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
	checkResponse,
	planCommand,
	type CommandRequest,
	type CommandResponse,
} from '../../../../edge-server/commands/command-table.ts';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import {
	FileDeleteRequestSchema,
	FileHashRequestSchema,
	FileHashResponseSchema,
	FileRemapRequestSchema,
	ScreenshotCaptureRequestSchema,
	ScreenshotCaptureResponseSchema,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCommandId } from '../../../../proto/ids.ts';
import { webP } from '../../../support/web-p.ts';

const [film, other] = ['a'.repeat(26), 'b'.repeat(26)];
const commandId = parseCommandId('c'.repeat(26));

describe('planCommand', () => {
	it.each<[CommandRequest, number, object]>([
		[
			{ case: 'fileDelete', value: create(FileDeleteRequestSchema, { catalogId: film }) },
			15_000,
			{ case: 'fileDeleteRequest', value: { commandId, catalogId: film } },
		],
		[
			{ case: 'fileHash', value: create(FileHashRequestSchema, { catalogId: film }) },
			1_800_000,
			{ case: 'fileHashRequest', value: { commandId, catalogId: film } },
		],
		[
			{
				case: 'fileRemap',
				value: create(FileRemapRequestSchema, { oldCatalogId: film, newCatalogId: other }),
			},
			15_000,
			{
				case: 'fileRemapRequest',
				value: { commandId, oldCatalogId: film, newCatalogId: other },
			},
		],
		[
			{
				case: 'screenshotCapture',
				value: create(ScreenshotCaptureRequestSchema, { catalogId: film, atMs: [1n, 2n] }),
			},
			60_000,
			{ case: 'screenshotCaptureRequest', value: { commandId, catalogId: film, atMs: [1n, 2n] } },
		],
	])('says $case to the peer', (request, timeoutMs, message) => {
		expect(planCommand(request, commandId)).toMatchObject({ timeoutMs, message });
	});

	it.each<[string, CommandRequest]>([
		['a path', { case: 'fileDelete', value: create(FileDeleteRequestSchema, { catalogId: '/' }) }],
		[
			'seventeen pictures',
			{
				case: 'screenshotCapture',
				value: create(ScreenshotCaptureRequestSchema, {
					catalogId: film,
					atMs: Array(17).fill(0n) as bigint[],
				}),
			},
		],
	])('refuses %s', (_, request) => {
		expect(() => planCommand(request, commandId)).toThrow(
			expect.objectContaining({ code: 'invalid-argument' }),
		);
	});
});

describe('checkResponse', () => {
	const hash = (changes: object): CommandResponse => ({
		case: 'fileHash',
		value: create(FileHashResponseSchema, changes),
	});
	const pictures = (images: Uint8Array[]): CommandResponse => ({
		case: 'screenshotCapture',
		value: create(ScreenshotCaptureResponseSchema, {
			screenshots: images.map((image) => ({ image })),
		}),
	});

	it('takes answers that can be right', () => {
		checkResponse(hash({ mediaId: new Uint8Array(32) }));
		checkResponse(pictures([webP(100)]));
		checkResponse(hash({ failure: { code: ErrorCode.NOT_FOUND } }));
	});

	it.each([
		['a short digest', hash({ mediaId: new Uint8Array(20) })],
		['a picture that is none', pictures([new Uint8Array(100)])],
		['a huge picture', pictures([webP(64 * 1024 + 2)])],
		['more pictures than can be asked for', pictures(Array(17).fill(webP(12)) as Uint8Array[])],
	])('takes %s for corrupt', (_, response) => {
		expect(() => checkResponse(response)).toThrow(expect.objectContaining({ code: 'corrupt' }));
	});
});
