// The frames of an edge as bytes. Two of them pass thousands of times a second, a candidate for another peer and the answer
// to whoever sent it: these are written here, field by field in a buffer of their size, which takes a tenth of what the
// generated code takes. All others are left to that. Rule: the bytes are those of the generated code.
import { create, toBinary } from '@bufbuild/protobuf';
import {
	EdgeFrameSchema,
	type EdgeFrame,
	type EdgeMessage,
	type WebRtcSignal,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';

/** A frame with this content. `requestId` is 0 for messages. */
export function encodeEdgeFrame(requestId: number, content: EdgeFrame['content']): Uint8Array {
	if (content.case === 'webrtc' && isPlain(content.value) && !content.value.failure) {
		return encodeEmptyAnswer(requestId);
	}
	const signal = content.case === 'message' ? plainSignal(content.value) : undefined;
	const frame = requestId === 0 && signal !== undefined ? encodeCandidate(signal) : undefined;
	return frame ?? toBinary(EdgeFrameSchema, create(EdgeFrameSchema, { requestId, content }));
}

/** Without fields of a newer version of the contract. */
const isPlain = (message: { readonly $unknown?: unknown }) => message.$unknown === undefined;

function plainSignal(message: EdgeMessage): WebRtcSignal | undefined {
	const { body } = message;
	if (body.case !== 'webrtcSignal' || !isPlain(message) || !isPlain(body.value)) return undefined;
	return body.value;
}

/** EdgeFrame { request_id = 1, webrtc = 3 {} } */
function encodeEmptyAnswer(requestId: number): Uint8Array {
	const bytes = Buffer.allocUnsafe((requestId === 0 ? 0 : 1 + varintSize(requestId)) + 2);
	const at = requestId === 0 ? 0 : writeHead(bytes, 0, 1 << 3, requestId);
	writeHead(bytes, at, lengthTag(3), 0);
	return bytes;
}

/** EdgeFrame { message = 2 { webrtc_signal = 11 { … } } } of a candidate; undefined for any other signal. */
function encodeCandidate(signal: WebRtcSignal): Uint8Array | undefined {
	const { webrtcSessionId, fromPeerId, step, infoHash } = signal;
	if (step.case !== 'candidate' || !isPlain(step.value) || infoHash.length > 0) return undefined;
	const { candidate, sdpMid } = step.value;
	const stepSize = textSize(candidate) + textSize(sdpMid);
	const signalSize = textSize(webrtcSessionId) + textSize(fromPeerId) + fieldSize(stepSize);
	const bytes = Buffer.allocUnsafe(fieldSize(fieldSize(signalSize)));
	let at = writeHead(bytes, 0, lengthTag(2), fieldSize(signalSize));
	at = writeHead(bytes, at, lengthTag(11), signalSize);
	at = writeText(bytes, at, lengthTag(1), webrtcSessionId);
	at = writeText(bytes, at, lengthTag(2), fromPeerId);
	at = writeHead(bytes, at, lengthTag(5), stepSize);
	at = writeText(bytes, at, lengthTag(1), candidate);
	writeText(bytes, at, lengthTag(2), sdpMid);
	return bytes;
}

/** What precedes a value with a length; one byte for fields up to 15. */
const lengthTag = (fieldNumber: number) => (fieldNumber << 3) | 2;

/** A field of this many bytes, with its tag and length. */
const fieldSize = (sizeBytes: number) => 1 + varintSize(sizeBytes) + sizeBytes;

const textSize = (text: string) => (text === '' ? 0 : fieldSize(Buffer.byteLength(text)));

function varintSize(value: number): number {
	let size = 1;
	for (let rest = value >>> 7; rest > 0; rest >>>= 7) size += 1;
	return size;
}

/** Tag, and length or value. Returns where the next byte goes. */
function writeHead(bytes: Buffer, start: number, tag: number, value: number): number {
	bytes[start] = tag;
	let at = start + 1;
	for (let rest = value; ; rest >>>= 7) {
		bytes[at++] = rest > 127 ? (rest & 127) | 128 : rest;
		if (rest <= 127) return at;
	}
}

function writeText(bytes: Buffer, start: number, tag: number, text: string): number {
	if (text === '') return start;
	const at = writeHead(bytes, start, tag, Buffer.byteLength(text));
	return at + bytes.write(text, at);
}
