// The commands a peer can be given: how each is said to the peer, how long it may take, and what its answer
// must look like. Exhaustive over the `oneof` of EdgeCommand.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import type {
	EdgeCommand,
	PeerCommandCompleted,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import {
	FileDeleteRequestSchema,
	FileHashRequestSchema,
	FileRemapRequestSchema,
	ScreenshotCaptureRequestSchema,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCatalogId, type CommandId } from '../../proto/ids.ts';
import { maxPosterBytes } from '../../proto/limits.ts';
import { isWebP } from '../messages/web-p.ts';
import type { EdgeBody } from '../sessions/session.ts';

/** What a peer is asked to do. */
export type CommandRequest = Exclude<EdgeCommand['request'], { case: undefined }>;
/** What it answers; its case is that of the request. */
export type CommandResponse = Exclude<PeerCommandCompleted['response'], { case: undefined }>;
export type CommandCase = CommandRequest['case'];

type RequestOf<Case extends CommandCase> = Extract<CommandRequest, { case: Case }>['value'];
type ResponseOf<Case extends CommandCase> = Extract<CommandResponse, { case: Case }>['value'];

interface CommandRules<Case extends CommandCase> {
	readonly timeoutMs: number;
	/** The message for the peer. Throws `invalid-argument`. */
	readonly toMessage: (request: RequestOf<Case>, commandId: CommandId) => EdgeBody;
	/** Throws `corrupt` when a successful answer cannot be what was asked for. */
	readonly check: (response: ResponseOf<Case>) => void;
}

const maxScreenshots = 16;
/** Deleting and remapping touch one file and one record; the rest is the way there and back. */
const quickMs = 15_000;
/** Sixteen pictures at the slowest grabber's 4 seconds each. */
const picturesMs = 60_000;
/** A hundred gigabytes at 64 MiB/s take 25 minutes. */
const hashingMs = 30 * 60_000;

const table: { readonly [Case in CommandCase]: CommandRules<Case> } = {
	fileDelete: {
		timeoutMs: quickMs,
		toMessage: ({ catalogId }, commandId) => ({
			case: 'fileDeleteRequest',
			value: create(FileDeleteRequestSchema, { commandId, catalogId: parseCatalogId(catalogId) }),
		}),
		check: () => undefined,
	},
	fileHash: {
		timeoutMs: hashingMs,
		toMessage: ({ catalogId }, commandId) => ({
			case: 'fileHashRequest',
			value: create(FileHashRequestSchema, { commandId, catalogId: parseCatalogId(catalogId) }),
		}),
		check: ({ mediaId }) => {
			if (mediaId.length !== 32) throw corrupt('the media id is not a SHA-256');
		},
	},
	fileRemap: {
		timeoutMs: quickMs,
		toMessage: ({ oldCatalogId, newCatalogId }, commandId) => ({
			case: 'fileRemapRequest',
			value: create(FileRemapRequestSchema, {
				commandId,
				oldCatalogId: parseCatalogId(oldCatalogId),
				newCatalogId: parseCatalogId(newCatalogId),
			}),
		}),
		check: () => undefined,
	},
	screenshotCapture: {
		timeoutMs: picturesMs,
		toMessage: ({ catalogId, atMs }, commandId) => {
			if (atMs.length > maxScreenshots) {
				throw new GiggityflixError('invalid-argument', `at most ${maxScreenshots} pictures`);
			}
			const value = { commandId, catalogId: parseCatalogId(catalogId), atMs };
			return {
				case: 'screenshotCaptureRequest',
				value: create(ScreenshotCaptureRequestSchema, value),
			};
		},
		check: ({ screenshots }) => {
			if (screenshots.length > maxScreenshots) throw corrupt('more pictures than were asked for');
			for (const { image } of screenshots) {
				if (image.length > maxPosterBytes || !isWebP(image)) throw corrupt('not a WebP picture');
			}
		},
	},
};

/** The rules of one request, with its value already bound. Throws `invalid-argument`. */
export function planCommand(
	request: CommandRequest,
	commandId: CommandId,
): { timeoutMs: number; message: EdgeBody } {
	const rules = rulesOf(request.case);
	return { timeoutMs: rules.timeoutMs, message: rules.toMessage(request.value, commandId) };
}

/** Throws `corrupt` for a successful answer that cannot be right. */
export function checkResponse(response: CommandResponse): void {
	if (response.value.failure === undefined) rulesOf(response.case).check(response.value);
}

/** The table ties a case to its types; TypeScript cannot follow that through an index. */
function rulesOf(commandCase: CommandCase) {
	return table[commandCase] as unknown as {
		timeoutMs: number;
		toMessage: (request: CommandRequest['value'], commandId: CommandId) => EdgeBody;
		check: (response: CommandResponse['value']) => void;
	};
}

function corrupt(message: string): GiggityflixError {
	return new GiggityflixError('corrupt', message);
}
