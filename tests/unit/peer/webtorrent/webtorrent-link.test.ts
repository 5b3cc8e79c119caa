import { describe, expect, it } from 'vitest';
import type { PeerId } from '../../../../proto/ids.ts';
import type { SwarmLink, SwarmLinkEvents } from '../../../../peer/swarm/swarm.ts';
import type { ByteDuplex, ByteDuplexOptions } from '../../../../peer/webtorrent/webtorrent.ts';
import { connectionOf } from '../../../../peer/webtorrent/webtorrent-link.ts';

const kibibyte = 1024;

/** A link as webtorrent uses it: what it writes goes to `write`, as its streams hand it over. */
function connect() {
	const messages: Uint8Array[] = [];
	const told: string[] = [];
	let buffered = 0;
	let events: SwarmLinkEvents | undefined;
	let options: ByteDuplexOptions | undefined;
	class Duplex implements ByteDuplex {
		constructor(given: ByteDuplexOptions) {
			options = given;
		}
		push(bytes: Uint8Array) {
			told.push(`got ${bytes.length}`);
			return true;
		}
		on() {
			return undefined;
		}
		destroy() {
			options?.destroy(() => told.push('destroyed'));
		}
	}
	const link: SwarmLink = {
		...{ linkId: 'link', remotePeerId: 'them' as PeerId },
		// The sender's buffer may be written over at once.
		send: (bytes) => void messages.push(bytes.slice()),
		bufferedBytes: () => buffered,
		listen: (listener) => (events = listener),
		close: () => told.push('closed'),
	};
	connectionOf(link, Duplex);
	return {
		...{ messages, told },
		write: (...batch: Uint8Array[]) => options?.writev(batch, () => told.push('written')),
		setBuffered: (bytes: number) => (buffered = bytes),
		events: () => events!,
	};
}

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const joined = (parts: readonly Uint8Array[]) => parts.flatMap((part) => [...part]);

describe('a link as a connection of webtorrent', () => {
	it('sends what is written together in one message', () => {
		const { write, messages } = connect();
		write(bytes(17, 1), bytes(17, 2), bytes(17, 3));
		expect(messages).toHaveLength(1);
		expect(joined(messages)).toEqual(joined([bytes(17, 1), bytes(17, 2), bytes(17, 3)]));
		write(bytes(5, 4));
		expect(messages[1]).toEqual(bytes(5, 4));
	});

	it('sends as many messages as it needs, none longer than every browser takes', () => {
		const { write, messages } = connect();
		const parts = [bytes(30, 1), bytes(40, 2), bytes(150, 3), bytes(1, 4)].map((part) =>
			bytes(part.length * kibibyte, part[0]!),
		);
		write(...parts);
		expect(messages.map(({ length }) => length / kibibyte)).toEqual([30, 40, 64, 64, 23]);
		expect(Buffer.concat(messages).equals(Buffer.concat(parts))).toBe(true);
	});

	it('takes more when the link has room, or has it again', () => {
		const { write, told, setBuffered, events } = connect();
		write(bytes(1, 1));
		expect(told).toEqual(['written']);
		setBuffered(1024 * kibibyte);
		write(bytes(1, 2));
		expect(told).toEqual(['written']);
		events().onBufferLow();
		events().onBufferLow();
		expect(told).toEqual(['written', 'written']);
	});

	it('hands over what comes, and ends with the link', () => {
		const { told, events } = connect();
		events().onMessage(new Uint8Array(3));
		events().onClose();
		expect(told).toEqual(['got 3', 'closed', 'destroyed']);
	});
});
