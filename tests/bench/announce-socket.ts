// A WebTorrent client's WebSocket for load: raw TCP, frames made beforehand, nothing decoded. A client that
// parsed JSON would be measured instead of the tracker. Offers are answered as they come.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** A gathered data-channel description is this long. */
const sdpBytes = 1300;
const offersPerAnnounce = 10;

/** What came back, told to the load generator. */
export interface AnnounceSocketEvents {
	reply(roundTripMs: number): void;
	offer(): void;
	answer(): void;
	/** The tracker hung up, or said something that nobody expects. */
	failed(reason: string): void;
}

export interface AnnounceSocket {
	/** Sends an announce with ten offers, or none (a peer that only joins). */
	announce(withOffers: boolean): void;
	end(): void;
}

/** An empty pong, as every frame of a client with a mask; a mask of zeros leaves the content as it is. */
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
/** One buffer for all sockets: what it holds is done with before the next read. */
const readBuffer = Buffer.allocUnsafe(256 * 1024);

export async function openAnnounceSocket(
	address: { port: number; path: string; from: string },
	swarm: string,
	events: AnnounceSocketEvents,
): Promise<AnnounceSocket> {
	const peerId = randomName();
	let rest: Buffer = Buffer.alloc(0);
	let sentAt = 0;
	let isOpen = false;
	let opened: () => void = () => undefined;
	const ready = new Promise<void>((resolve) => (opened = resolve));

	function take(chunk: Buffer): void {
		let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
		if (!isOpen) {
			const end = bytes.indexOf('\r\n\r\n');
			if (end >= 0) {
				isOpen = true;
				opened();
				bytes = bytes.subarray(end + 4);
			}
		}
		const left = isOpen ? takeFrames(bytes) : bytes;
		rest = left.length === 0 ? left : Buffer.from(left);
	}

	function takeFrames(bytes: Buffer): Buffer {
		let at = 0;
		for (;;) {
			const header = readHeader(bytes, at);
			if (header === undefined || header.end > bytes.length) return bytes.subarray(at);
			if (header.opcode === 1) receive(bytes.subarray(header.start, header.end));
			else if (header.opcode === 9) socket.write(pong);
			else if (header.opcode === 8) events.failed('closed by the tracker');
			at = header.end;
		}
	}

	function receive(message: Buffer): void {
		if (message.includes('"offer":{')) {
			events.offer();
			socket.write(answerTo(message, swarm, peerId));
		} else if (message.includes('"answer":{')) events.answer();
		else if (message.includes('"interval":')) events.reply(performance.now() - sentAt);
		else events.failed(message.toString());
	}

	const socket: Socket = connect({
		port: address.port,
		host: '127.0.0.1',
		localAddress: address.from,
		onread: {
			buffer: readBuffer,
			callback: (length, buffer) => {
				take(Buffer.from(buffer.buffer, buffer.byteOffset, length));
				return true;
			},
		},
	});
	socket.setNoDelay(true);
	socket.on('error', (error) => events.failed(error.message));
	socket.write(
		`GET ${address.path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
			`Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
	);
	await ready;
	const frames = {
		full: announceFrame(swarm, peerId, offersPerAnnounce),
		empty: announceFrame(swarm, peerId, 0),
	};
	return {
		announce(withOffers) {
			sentAt = performance.now();
			socket.write(withOffers ? frames.full : frames.empty);
		},
		end: () => socket.destroy(),
	};
}

/** 20 bytes as JSON text, of all values but the two that would end a search for the closing quote too early. */
export function randomName(): string {
	const bytes = [...randomBytes(20)].map((byte) => (byte === 0x22 || byte === 0x5c ? 0x41 : byte));
	return JSON.stringify(String.fromCharCode(...bytes)).slice(1, -1);
}

function announceFrame(swarm: string, peerId: string, offerCount: number): Buffer {
	const offers = Array.from(
		{ length: offerCount },
		() => `{"offer":${description('offer')},"offer_id":"${randomName()}"}`,
	);
	return textFrame(
		`{"numwant":${offerCount},"uploaded":0,"downloaded":0,"left":1000,"action":"announce",` +
			`"info_hash":"${swarm}","peer_id":"${peerId}","offers":[${offers.join(',')}]}`,
	);
}

function answerTo(offer: Buffer, swarm: string, peerId: string): Buffer {
	return textFrame(
		`{"action":"announce","info_hash":"${swarm}","peer_id":"${peerId}",` +
			`"to_peer_id":"${textOf(offer, '"peer_id":"')}","answer":${answerDescription},` +
			`"offer_id":"${textOf(offer, '"offer_id":"')}"}`,
	);
}

function textOf(message: Buffer, name: string): string {
	const start = message.indexOf(name) + name.length;
	return message.toString('utf8', start, message.indexOf('"', start));
}

const answerDescription = description('answer');

function description(type: 'offer' | 'answer'): string {
	const head = 'v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';
	const candidate = `a=candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host generation 0\r\n`;
	const sdp = head + candidate.repeat(Math.ceil(sdpBytes / candidate.length));
	return JSON.stringify({ type, sdp: sdp.slice(0, sdpBytes) });
}

/** A text frame of a client (RFC 6455 §5.2). */
function textFrame(text: string): Buffer {
	const payload = Buffer.from(text);
	const length = payload.length;
	const header =
		length < 126
			? Buffer.from([0x81, 0x80 | length, 0, 0, 0, 0])
			: Buffer.from([0x81, 0xfe, length >>> 8, length & 255, 0, 0, 0, 0]);
	return Buffer.concat([header, payload]);
}

/** The header of a server's frame at `at`; undefined when it is not all there. */
function readHeader(
	bytes: Buffer,
	at: number,
): { opcode: number; start: number; end: number } | undefined {
	const opcode = (bytes[at] ?? 0) & 15;
	const length = (bytes[at + 1] ?? 255) & 127;
	if (bytes.length < at + 2) return undefined;
	if (length < 126) return { opcode, start: at + 2, end: at + 2 + length };
	if (length === 127) throw new Error('a frame longer than any tracker sends');
	if (bytes.length < at + 4) return undefined;
	return { opcode, start: at + 4, end: at + 4 + bytes.readUInt16BE(at + 2) };
}
