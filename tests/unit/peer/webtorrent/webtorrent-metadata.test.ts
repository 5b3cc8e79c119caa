// Metadata of peers never reaches webtorrent unread: sizes first, then our parser, and liars lose the connection.
import type { MetadataExchange, Wire } from '../../../../peer/webtorrent/webtorrent.ts';
import { describe, expect, it } from 'vitest';
import { guardMetadata, offerMetadata } from '../../../../peer/webtorrent/webtorrent-metadata.ts';

function openWire(options: { isKnown?: boolean; failing?: boolean } = {}) {
	const events: string[] = [];
	const exchange: MetadataExchange = {
		onExtendedHandshake: ({ metadata_size: size }) => events.push(`handshake ${String(size)}`),
		onMessage: () => {
			if (options.failing) throw new RangeError('offset is out of bounds');
			events.push('message');
		},
		setMetadata: async () => events.push('webtorrent') > 0,
		on: () => undefined,
	};
	const wire: Pick<Wire, 'ut_metadata' | 'destroy'> = {
		ut_metadata: exchange,
		destroy: () => events.push('destroy'),
	};
	guardMetadata(wire, {
		isKnown: () => options.isKnown ?? false,
		take: async () => events.push('ours') > 0,
	});
	return { exchange, events };
}

describe('the guard of metadata', () => {
	it.each([
		[{ metadata_size: 1000 }, 'handshake 1000'],
		[{ metadata_size: 2 ** 21 + 1 }, 'handshake undefined'],
		[{ metadata_size: 'x' }, 'handshake x'],
		[{}, 'handshake undefined'],
	])('lets no peer announce more than 2 MiB: %j', (handshake, heard) => {
		const { exchange, events } = openWire();
		exchange.onExtendedHandshake(handshake);
		expect(events).toEqual([heard]);
	});

	it('gives the bytes to our parser until they are known', async () => {
		const unknown = openWire();
		await unknown.exchange.setMetadata(new Uint8Array(1));
		expect(unknown.events).toEqual(['ours']);
		const known = openWire({ isKnown: true });
		await known.exchange.setMetadata(new Uint8Array(1));
		expect(known.events).toEqual(['webtorrent']);
	});

	it('ends the connection of a peer whose message makes no sense', () => {
		const { exchange, events } = openWire({ failing: true });
		exchange.onMessage(new Uint8Array(1));
		expect(events).toEqual(['destroy']);
		const good = openWire();
		good.exchange.onMessage(new Uint8Array(1));
		expect(good.events).toEqual(['message']);
	});
});

it.each([
	['again', true, 1],
	['with the first handshake', false, 0],
])('metadata that has become known is offered %s', (_when, _extendedHandshakeSent, count) => {
	const { exchange } = openWire();
	const listeners: (() => void)[] = [];
	let handshakes = 0;
	offerMetadata({
		ut_metadata: { ...exchange, on: (_event, listener) => void listeners.push(listener) },
		_extendedHandshakeSent,
		_sendExtendedHandshake: () => void (handshakes += 1),
	});
	for (const tell of listeners) tell();
	expect(handshakes).toBe(count);
});
