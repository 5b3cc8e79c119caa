// The ids of a session are checked where they come in.
import { describe, expect, it } from 'vitest';
import { readLease, writeLease } from '../../../tracker/lease-message.ts';

const message = { peerId: 'laptop', edgeId: 'edge-a', sessionId: 's1' };

describe('lease message', () => {
	it('is read and written again', () => {
		expect(writeLease(readLease(message))).toMatchObject(message);
	});

	it.each([
		['no lease', undefined],
		['a malformed peer id', { ...message, peerId: '../etc' }],
		['a malformed edge id', { ...message, edgeId: '' }],
		['no session', { ...message, sessionId: '' }],
		['an endless session id', { ...message, sessionId: 's'.repeat(65) }],
	])('is refused with %s', (_, refused) => {
		expect(() => readLease(refused)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
	});
});
