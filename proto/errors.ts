// The one error of the project: what went wrong as a code from a closed list, for every program and
// every wire. Anything caught is interpreted by GiggityflixError.from and nowhere else. Knows nothing
// of how an error is shown to a person; web/lib/state turns codes into sentences.
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import {
	ErrorCode as WireCode,
	FailureSchema,
	type Failure,
} from './gen/giggityflix/v1/errors_pb.js';

/** Every reason there is. `proto/giggityflix/v1/errors.proto` has a sentence on each. */
export const errorCodes = [
	'invalid-argument',
	'not-found',
	'unauthenticated',
	'permission-denied',
	'unavailable',
	'timed-out',
	'cancelled',
	'resource-exhausted',
	'corrupt',
	'unsupported',
	'already-exists',
	'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** How one code looks on each wire. Close codes 4000–4999 are free for applications (RFC 6455 §7.4.2). */
const wires: Record<ErrorCode, { wire: WireCode; connect: Code; close: number }> = {
	'invalid-argument': {
		wire: WireCode.INVALID_ARGUMENT,
		connect: Code.InvalidArgument,
		close: 4400,
	},
	'not-found': { wire: WireCode.NOT_FOUND, connect: Code.NotFound, close: 4404 },
	unauthenticated: { wire: WireCode.UNAUTHENTICATED, connect: Code.Unauthenticated, close: 4401 },
	'permission-denied': {
		wire: WireCode.PERMISSION_DENIED,
		connect: Code.PermissionDenied,
		close: 4403,
	},
	unavailable: { wire: WireCode.UNAVAILABLE, connect: Code.Unavailable, close: 4503 },
	'timed-out': { wire: WireCode.TIMED_OUT, connect: Code.DeadlineExceeded, close: 4408 },
	cancelled: { wire: WireCode.CANCELLED, connect: Code.Canceled, close: 4499 },
	'resource-exhausted': {
		wire: WireCode.RESOURCE_EXHAUSTED,
		connect: Code.ResourceExhausted,
		close: 4429,
	},
	corrupt: { wire: WireCode.CORRUPT, connect: Code.DataLoss, close: 4422 },
	unsupported: { wire: WireCode.UNSUPPORTED, connect: Code.Unimplemented, close: 4415 },
	'already-exists': { wire: WireCode.ALREADY_EXISTS, connect: Code.AlreadyExists, close: 4409 },
	internal: { wire: WireCode.INTERNAL, connect: Code.Internal, close: 4500 },
};

/**
 * An error with a code. The message is for a log: never shown to a person, never parsed. `cause` stays
 * on this side of a wire.
 */
export class GiggityflixError extends Error {
	override readonly name = 'GiggityflixError';
	readonly code: ErrorCode;

	constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
		super(message, options);
		this.code = code;
	}

	/** Interprets anything caught. Only `GiggityflixError` and `ConnectError` keep their message on the wire. */
	static from(caught: unknown): GiggityflixError {
		if (caught instanceof GiggityflixError) return caught;
		if (caught instanceof ConnectError) {
			return new GiggityflixError(fromConnectCode(caught.code), caught.rawMessage, {
				cause: caught,
			});
		}
		if (caught instanceof Error) {
			const code =
				domExceptionCodes[caught.name] ?? systemErrorCodes[systemCode(caught)] ?? 'internal';
			return new GiggityflixError(code, caught.message, { cause: caught });
		}
		return new GiggityflixError('internal', String(caught), { cause: caught });
	}

	/** Reads a refusal that came over a wire. */
	static fromFailure(failure: Failure): GiggityflixError {
		const code =
			errorCodes.find((candidate) => wires[candidate].wire === failure.code) ?? 'internal';
		return new GiggityflixError(code, failure.message);
	}

	/** As it is sent inside a message. The text of an internal error stays at home. */
	toFailure(): Failure {
		const message = this.code === 'internal' ? 'internal error' : this.message.slice(0, 500);
		return create(FailureSchema, { code: wires[this.code].wire, message });
	}

	/** As a Connect or gRPC call is answered with it. */
	toConnectError(): ConnectError {
		const message = this.code === 'internal' ? 'internal error' : this.message;
		return new ConnectError(message, wires[this.code].connect, undefined, undefined, this);
	}

	/** As a WebSocket is closed with it. */
	get closeCode(): number {
		return wires[this.code].close;
	}

	/** The code a WebSocket was closed with, or undefined when it is none of ours. */
	static codeOfClose(closeCode: number): ErrorCode | undefined {
		return errorCodes.find((candidate) => wires[candidate].close === closeCode);
	}
}

function fromConnectCode(code: Code): ErrorCode {
	return errorCodes.find((candidate) => wires[candidate].connect === code) ?? 'internal';
}

/** What browsers throw from file, stream and media calls, by `DOMException.name`. */
const domExceptionCodes: Partial<Record<string, ErrorCode>> = {
	AbortError: 'cancelled',
	NotAllowedError: 'permission-denied',
	SecurityError: 'permission-denied',
	NotFoundError: 'not-found',
	// Chromium throws this when a File's size or mtime no longer match the disk.
	NotReadableError: 'corrupt',
	QuotaExceededError: 'resource-exhausted',
	NotSupportedError: 'unsupported',
	TimeoutError: 'timed-out',
};

/** What Node throws from sockets and files, by `error.code`. */
const systemErrorCodes: Partial<Record<string, ErrorCode>> = {
	ENOENT: 'not-found',
	EACCES: 'permission-denied',
	EPERM: 'permission-denied',
	ECONNREFUSED: 'unavailable',
	ECONNRESET: 'unavailable',
	EPIPE: 'unavailable',
	ETIMEDOUT: 'timed-out',
	ENOSPC: 'resource-exhausted',
	EMFILE: 'resource-exhausted',
};

function systemCode(error: Error): string {
	return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
