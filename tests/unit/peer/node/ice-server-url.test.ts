import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { addressesOf, parseIceServer, rtcServerOf } from '../../../../peer/node/ice-server-url.ts';
import { IceServerSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';

describe('parseIceServer', () => {
	it.each([
		['stun:stun.example', { hostname: 'stun.example', port: 3478 }],
		['stun:192.0.2.1:19302', { hostname: '192.0.2.1', port: 19_302 }],
		['stun:[2001:db8::1]:3479', { hostname: '2001:db8::1', port: 3479 }],
		['turn:relay.example', { hostname: 'relay.example', port: 3478, relayType: 'TurnUdp' }],
		[
			'turn:relay.example:80?transport=tcp',
			{ hostname: 'relay.example', port: 80, relayType: 'TurnTcp' },
		],
		['turns:relay.example', { hostname: 'relay.example', port: 5349, relayType: 'TurnTls' }],
		[
			'turn:anna:se%3Acret@relay.example:3478',
			{
				...{ hostname: 'relay.example', port: 3478, relayType: 'TurnUdp' },
				...{ username: 'anna', password: 'se:cret' },
			},
		],
	])('takes %s apart', (text, server) => {
		expect(parseIceServer(text)).toEqual(server);
	});

	it.each(['', 'stun:', 'http://stun.example', 'stun:host:99999', 'stun:a b', 'stun:u:p@host'])(
		'refuses "%s"',
		(text) => {
			expect(parseIceServer(text)).toBeUndefined();
		},
	);
});

describe('the servers of a connection', () => {
	it('are those the edge names, without addresses that are none', () => {
		const urls = ['turn:relay.example', 'turns:relay.example', 'http://relay.example'];
		const server = create(IceServerSchema, { urls, username: '17:anna', credential: 's' });
		expect(addressesOf(server)).toMatchObject([
			{ relayType: 'TurnUdp', username: '17:anna', password: 's' },
			{ relayType: 'TurnTls', username: '17:anna', password: 's' },
		]);
		const plain = create(IceServerSchema, { urls: ['stun:stun.example'] });
		expect(addressesOf(plain)).toEqual([{ hostname: 'stun.example', port: 3478 }]);
	});

	it.each([
		['stun:[2001:db8::1]:3479', { urls: ['stun:[2001:db8::1]:3479'] }],
		['turn:relay.example', { urls: ['turn:relay.example:3478?transport=udp'] }],
		[
			'turns:17%3Aanna:a%40b@relay.example',
			{
				urls: ['turns:relay.example:5349?transport=tcp'],
				username: '17%3Aanna',
				credential: 'a%40b',
			},
		],
	])('%s, as RTCPeerConnection takes it', (text, expected) => {
		expect([parseIceServer(text)!].map(rtcServerOf)).toEqual([expected]);
	});
});
