import { describe, expect, it } from 'vitest';
import { createIceServers, turnCredential } from '../../../edge-server/ice-servers.ts';
import { parsePeerId } from '../../../proto/ids.ts';

const ada = parsePeerId('ada');
const now = () => 1_700_000_000_999;

describe('turnCredential', () => {
	it('is what coturn computes: base64 of HMAC-SHA1 over "expiry:name"', () => {
		// printf '1700043200:ada' | openssl dgst -sha1 -hmac north -binary | base64
		expect(turnCredential('north', 1_700_043_200, 'ada')).toEqual({
			username: '1700043200:ada',
			credential: 'HTT0qWZsQmFThy3s/QslXETo0B8=',
		});
	});
});

describe('createIceServers', () => {
	it('lists STUN servers without and TURN servers with a credential for twelve hours', () => {
		const iceServers = createIceServers({
			stunServers: ['stun:stun.example'],
			turnServers: ['turn:turn.example', 'turns:turn.example'],
			turnSecret: 'north',
			now,
		});
		expect(iceServers(ada)).toMatchObject([
			{ urls: ['stun:stun.example'], username: '', credential: '' },
			{
				urls: ['turn:turn.example', 'turns:turn.example'],
				...turnCredential('north', 1_700_043_200, 'ada'),
			},
		]);
	});

	it('lists nothing when nothing is configured', () => {
		expect(createIceServers({ stunServers: [], turnServers: [], now })(ada)).toEqual([]);
	});

	it('refuses TURN servers without a secret', () => {
		expect(() => createIceServers({ stunServers: [], turnServers: ['turn:x'], now })).toThrow(
			expect.objectContaining({ code: 'invalid-argument' }),
		);
	});
});
