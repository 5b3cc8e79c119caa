// The messages of a link as bytes: one kind byte, then a TransferMessage or a payload header and file
// bytes (transfer.proto). Decoding trusts nothing and copies no payload. Knows nothing of requests.
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	TransferMessageSchema,
	type TransferMessage,
} from '../../proto/gen/giggityflix/v1/transfer_pb.js';
import { maxTransferFrameBytes, transferHeaderBytes } from '../../proto/limits.ts';

/** Most file bytes in one frame. */
export const maxPayloadBytes = maxTransferFrameBytes - transferHeaderBytes;

/** The one thing said in a control message. */
export type TransferBody = Exclude<TransferMessage['body'], { case: undefined }>;
type TransferBodyInit = Exclude<
	NonNullable<MessageInitShape<typeof TransferMessageSchema>['body']>,
	{ case: undefined }
>;

export interface PayloadFrame {
	readonly kind: 'payload';
	readonly requestId: number;
	readonly offsetBytes: number;
	/** A view of the received frame. */
	readonly payload: Uint8Array<ArrayBuffer>;
}

export type ChannelMessage =
	{ readonly kind: 'control'; readonly body: TransferBody } | PayloadFrame;

const controlKind = 0;
const payloadKind = 1;

export function encodeControl(body: TransferBodyInit): Uint8Array<ArrayBuffer> {
	const message = toBinary(TransferMessageSchema, create(TransferMessageSchema, { body }));
	const bytes = new Uint8Array(message.length + 1);
	bytes[0] = controlKind;
	bytes.set(message, 1);
	return bytes;
}

/** A frame with a copy of `payload`, written into `buffer`: a sender has one of `maxTransferFrameBytes` for all its frames. */
export function encodePayload(
	requestId: number,
	offsetBytes: number,
	payload: Uint8Array,
	buffer = new Uint8Array(transferHeaderBytes + payload.length),
): Uint8Array<ArrayBuffer> {
	const header = new DataView(buffer.buffer, buffer.byteOffset, transferHeaderBytes);
	header.setUint32(0, payloadKind << 24);
	header.setUint32(4, requestId);
	header.setBigUint64(8, BigInt(offsetBytes));
	buffer.set(payload, transferHeaderBytes);
	return buffer.subarray(0, transferHeaderBytes + payload.length);
}

/** Throws `invalid-argument` on anything this protocol does not say. */
export function decodeMessage(bytes: Uint8Array<ArrayBuffer>): ChannelMessage {
	if (bytes.length > maxTransferFrameBytes) throw malformed('a frame is too large');
	const kind = bytes[0];
	if (kind === controlKind) return { kind: 'control', body: decodeControl(bytes.subarray(1)) };
	if (kind === payloadKind) return decodePayload(bytes);
	throw malformed('a frame has an unknown kind');
}

function decodeControl(bytes: Uint8Array): TransferBody {
	const { body } = parseControl(bytes);
	if (body.case === undefined) throw malformed('a control message says nothing');
	return body;
}

function parseControl(bytes: Uint8Array): TransferMessage {
	try {
		return fromBinary(TransferMessageSchema, bytes);
	} catch (error) {
		throw malformed('a control message is not protobuf', error);
	}
}

function decodePayload(bytes: Uint8Array<ArrayBuffer>): PayloadFrame {
	if (bytes.length <= transferHeaderBytes) throw malformed('a payload frame is empty');
	const header = new DataView(bytes.buffer, bytes.byteOffset, transferHeaderBytes);
	return {
		kind: 'payload',
		requestId: header.getUint32(4),
		offsetBytes: toSafeNumber(header.getBigUint64(8)),
		payload: bytes.subarray(transferHeaderBytes),
	};
}

/** A 64-bit field as a number; throws `invalid-argument` beyond 2^53 - 1, which no file reaches. */
export function toSafeNumber(value: bigint): number {
	if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('a number is too large');
	return Number(value);
}

function malformed(reason: string, cause?: unknown): GiggityflixError {
	return new GiggityflixError('invalid-argument', reason, { cause });
}
