import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { readHello, verifyHello } from '../../../../edge-server/sessions/hello-proof.ts';
import { HelloSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { helloDigest } from '../../../../proto/identity.ts';
import { createSigner, edgeId } from '../../../support/edge-world.ts';

const ada = createSigner(1);
const nonce = new Uint8Array(32).fill(7);
const { peerId, publicKey } = ada;
const hello = (changes: object = {}) =>
	create(HelloSchema, { peerId, publicKey, protocolVersion: 1, displayName: 'Ada', ...changes });

describe('readHello', () => {
	it('gives who the peer says it is', () => {
		expect(readHello(hello(), undefined)).toEqual({ peerId, publicKey, displayName: 'Ada' });
		expect(readHello(hello(), peerId).peerId).toBe(peerId);
	});

	it.each([0, 2])('does not speak version %i', (protocolVersion) => {
		expect(() => readHello(hello({ protocolVersion }), undefined)).toThrow(
			expect.objectContaining({ code: 'unsupported' }),
		);
	});
});

describe('verifyHello', () => {
	const signature = ada.sign(helloDigest(nonce, edgeId, peerId));

	it('takes the proof of this challenge', () => {
		const proven = readHello(hello(), undefined);
		expect(() => verifyHello(proven, { nonce, edgeId, signature })).not.toThrow();
	});

	it('takes the same key under a chosen id only with a proof for that id', () => {
		const proven = readHello(hello({ peerId: 'nas' }), undefined);
		const unauthenticated = expect.objectContaining({ code: 'unauthenticated' }) as Error;
		expect(() => verifyHello(proven, { nonce, edgeId, signature })).toThrow(unauthenticated);
		const forNas = ada.sign(helloDigest(nonce, edgeId, 'nas'));
		expect(() => verifyHello(proven, { nonce, edgeId, signature: forNas })).not.toThrow();
	});
});
