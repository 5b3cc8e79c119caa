// What an operator may ask the edge, guarded by OPERATOR_TOKEN: who is connected, and commands to one peer.
// A fetch-style handler that knows no server. Answers are JSON; refusals are `{ code, message }`.
import { create } from '@bufbuild/protobuf';
import { z } from 'zod';
import type { CommandRunner } from '../commands/command-runner.ts';
import type { CommandRequest, CommandResponse } from '../commands/command-table.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	FileDeleteRequestSchema,
	FileHashRequestSchema,
	FileRemapRequestSchema,
	ScreenshotCaptureRequestSchema,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCommandId, parsePeerId, randomId, type CommandId } from '../../proto/ids.ts';
import type { Logger } from '../ports.ts';
import { isSameSecret } from '../sessions/secrets.ts';
import type { AdmittedSession } from '../sessions/session-registry.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { jsonResponse, methodNotAllowed, problem } from './problem.ts';

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

interface Deps {
	/** OPERATOR_TOKEN. */
	readonly token: string;
	readonly commands: Pick<CommandRunner, 'run'>;
	readonly sessions: Pick<Sessions, 'list'>;
	readonly randomBytes: (target: Uint8Array) => void;
	readonly logger: Logger;
}

/** Answers everything below /api/operator. Never throws. */
export function createOperatorApi(deps: Deps): (request: Request) => Promise<Response> {
	return async (request) => {
		try {
			return await route(deps, request);
		} catch (caught) {
			const error = GiggityflixError.from(caught);
			if (error.code === 'internal') {
				deps.logger.error('an operator request failed', { error: error.cause ?? error });
			}
			return refusal(error);
		}
	};
}

async function route(deps: Deps, request: Request): Promise<Response> {
	authorize(request, deps.token);
	const { pathname } = new URL(request.url);
	if (pathname === '/api/operator/peers') {
		if (request.method !== 'GET') return methodNotAllowed(['GET']);
		return jsonResponse(200, { peers: deps.sessions.list().map(describePeer) });
	}
	if (pathname === '/api/operator/commands') {
		if (request.method !== 'POST') return methodNotAllowed(['POST']);
		return runCommand(deps, request);
	}
	throw new GiggityflixError('not-found', 'no such operator resource');
}

/** Throws `unauthenticated`. */
function authorize(request: Request, token: string): void {
	const shown = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
	if (isSameSecret(shown, token)) return;
	throw new GiggityflixError('unauthenticated', 'Authorization: Bearer OPERATOR_TOKEN is needed');
}

async function runCommand(deps: Deps, request: Request): Promise<Response> {
	const { peerId, commandId, command } = await readBody(request);
	const response = await deps.commands.run(
		{
			commandId:
				commandId === undefined ? randomId<CommandId>(deps.randomBytes) : parseCommandId(commandId),
			peerId: parsePeerId(peerId),
			request: toRequest(command),
		},
		request.signal,
	);
	const { failure } = response.value;
	if (failure !== undefined) throw GiggityflixError.fromFailure(failure);
	return jsonResponse(200, describeResponse(response));
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

function describeResponse({ case: commandCase, value }: CommandResponse): object {
	const { commandId } = value;
	switch (commandCase) {
		case 'fileDelete':
		case 'fileRemap':
			return { commandId };
		case 'fileHash':
			return { commandId, mediaId: Buffer.from(value.mediaId).toString('hex') };
		case 'screenshotCapture': {
			const screenshots = value.screenshots.map(({ atMs, image }) => ({
				atMs: Number(atMs),
				image: Buffer.from(image).toString('base64'),
			}));
			return { commandId, screenshots };
		}
	}
}

function describePeer({ session, peer }: AdmittedSession): object {
	const { door, remoteAddress } = session.stream;
	const { peerId, displayName, admittedAtMs } = peer;
	return { peerId, displayName, sessionId: session.id, door, remoteAddress, admittedAtMs };
}

function refusal(error: GiggityflixError): Response {
	const response = problem(error);
	if (error.code === 'unauthenticated') response.headers.set('www-authenticate', 'Bearer');
	return response;
}
