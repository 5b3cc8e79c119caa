import { describe, expect, it } from 'vitest';
import { parseIceServer } from '../../../../peer/node/ice-server-url.ts';

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
