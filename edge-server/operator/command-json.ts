// A command as the operator API takes it, in JSON, and its answer as it gives it back. Checks form alone; what a
// command may do is the runner's to say.
import { create } from '@bufbuild/protobuf';
import { z } from 'zod';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	FileDeleteRequestSchema,
	FileHashRequestSchema,
	FileRemapRequestSchema,
	ScreenshotCaptureRequestSchema,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCommandId, parsePeerId, randomId, type CommandId } from '../../proto/ids.ts';
import type { CommandPicture } from '../../proto/operator.ts';
import type { Command } from '../commands/command-runner.ts';
import type { CommandRequest, CommandResponse } from '../commands/command-table.ts';

const catalogId = z.string().regex(/^[a-z2-7]{26}$/, 'is 26 characters of base32');

const commandBody = z.strictObject({
	peerId: z.string(),
	/** Repeating a command under its id gives the first outcome again. */
	commandId: z.string().optional(),
	command: z.discriminatedUnion('kind', [
		z.strictObject({ kind: z.literal('file-delete'), catalogId }),
		z.strictObject({ kind: z.literal('file-hash'), catalogId }),
		z.strictObject({
			kind: z.literal('file-remap'),
			oldCatalogId: catalogId,
			newCatalogId: catalogId,
		}),
		z.strictObject({
			kind: z.literal('screenshot-capture'),
			catalogId,
			atMs: z.array(z.int().min(0)).max(16).default([]),
		}),
	]),
});

type OperatorCommand = z.infer<typeof commandBody>['command'];

/** A command names at most a few ids and sixteen times. */
const maxBodyLength = 16 * 1024;

/** Reads a command; one without an id is given one. Throws `invalid-argument`. */
export async function readCommand(
	request: Request,
	randomBytes: (target: Uint8Array) => void,
): Promise<Command> {
	const { peerId, commandId, command } = await readBody(request);
	return {
		commandId:
			commandId === undefined ? randomId<CommandId>(randomBytes) : parseCommandId(commandId),
		peerId: parsePeerId(peerId),
		request: toRequest(command),
	};
}

async function readBody(request: Request): Promise<z.infer<typeof commandBody>> {
	const text = await request.text();
	if (text.length > maxBodyLength) {
		throw new GiggityflixError('invalid-argument', `a command has at most ${maxBodyLength} bytes`);
	}
	const parsed = commandBody.safeParse(parseJson(text));
	if (parsed.success) return parsed.data;
	throw new GiggityflixError('invalid-argument', z.prettifyError(parsed.error));
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (caught) {
		throw new GiggityflixError('invalid-argument', 'the body is not JSON', { cause: caught });
	}
}

/** The command id is filled in by the runner, which sends it. */
function toRequest(command: OperatorCommand): CommandRequest {
	switch (command.kind) {
		case 'file-delete':
			return { case: 'fileDelete', value: create(FileDeleteRequestSchema, pick(command)) };
		case 'file-hash':
			return { case: 'fileHash', value: create(FileHashRequestSchema, pick(command)) };
		case 'file-remap': {
			const { oldCatalogId, newCatalogId } = command;
			const value = create(FileRemapRequestSchema, { oldCatalogId, newCatalogId });
			return { case: 'fileRemap', value };
		}
		case 'screenshot-capture': {
			const atMs = command.atMs.map((time) => BigInt(time));
			const value = create(ScreenshotCaptureRequestSchema, { ...pick(command), atMs });
			return { case: 'screenshotCapture', value };
		}
	}
}

function pick({ catalogId }: { catalogId: string }): { catalogId: string } {
	return { catalogId };
}

/** What a successful answer says. */
export function describeResponse({ case: commandCase, value }: CommandResponse): object {
	const { commandId } = value;
	switch (commandCase) {
		case 'fileDelete':
		case 'fileRemap':
			return { commandId };
		case 'fileHash':
			return { commandId, mediaId: Buffer.from(value.mediaId).toString('hex') };
		case 'screenshotCapture': {
			return { commandId, screenshots: picturesOf(value.screenshots) };
		}
	}
}

export function picturesOf(
	screenshots: readonly { atMs: bigint; image: Uint8Array }[],
): CommandPicture[] {
	return screenshots.map(({ atMs, image }) => ({
		atMs: Number(atMs),
		image: Buffer.from(image).toString('base64'),
	}));
}
