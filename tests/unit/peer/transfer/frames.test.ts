import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { maxTransferFrameBytes } from '../../../../proto/limits.ts';
import {
	decodeMessage,
	encodeControl,
	encodePayload,
	maxPayloadBytes,
} from '../../../../peer/transfer/frames.ts';

describe('payload frames', () => {
	test('carry a header of sixteen bytes in big endian', () => {
		const frame = encodePayload(0x01020304, 0x0a_0b0c_0d0e, new Uint8Array([9, 8]));
		expect([...frame]).toEqual([
			1, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 9, 8,
		]);
	});

	test('come back as they were, without a copy', () => {
		fc.assert(
			fc.property(
				fc.nat(0xffffffff),
				fc.maxSafeNat(),
				fc.uint8Array({ minLength: 1, maxLength: 300 }),
				(requestId, offsetBytes, payload) => {
					const frame = encodePayload(requestId, offsetBytes, payload);
					const message = decodeMessage(frame);
					expect(message).toEqual({ kind: 'payload', requestId, offsetBytes, payload });
					expect(message.kind === 'payload' && message.payload.buffer).toBe(frame.buffer);
				},
			),
		);
	});

	test('are written over one another in one buffer', () => {
		const buffer = new Uint8Array(maxTransferFrameBytes).fill(255);
		encodePayload(7, 0, new Uint8Array([1, 2, 3]), buffer);
		const frame = encodePayload(8, 3, new Uint8Array([4]), buffer);
		expect(frame.buffer).toBe(buffer.buffer);
		expect(frame).toEqual(encodePayload(8, 3, new Uint8Array([4])));
	});

	test('fill a message and no more', () => {
		const largest = encodePayload(1, 0, new Uint8Array(maxPayloadBytes));
		expect(largest).toHaveLength(maxTransferFrameBytes);
		const tooLarge = encodePayload(1, 0, new Uint8Array(maxPayloadBytes + 1));
		expect(() => decodeMessage(tooLarge)).toThrow(GiggityflixError);
	});
});

test('control messages come back as they were', () => {
	const bytes = encodeControl({ case: 'credit', value: { requestId: 7, bytes: 1024 } });
	expect(bytes[0]).toBe(0);
	expect(decodeMessage(bytes)).toMatchObject({
		kind: 'control',
		body: { case: 'credit', value: { requestId: 7, bytes: 1024 } },
	});
});

test.each([
	['nothing', []],
	['an unknown kind', [2, 0, 0]],
	['a control message that says nothing', [0]],
	['a control message that is not protobuf', [0, 0xff, 0xff, 0xff]],
	['a payload header cut short', [1, 0, 0, 0, 1]],
	['a payload without bytes', [1, ...new Array<number>(15).fill(0)]],
	['an offset no file reaches', [1, 0, 0, 0, 0, 0, 0, 1, ...new Array<number>(8).fill(255), 1]],
])('%s is refused', (_, bytes) => {
	expect(() => decodeMessage(new Uint8Array(bytes))).toThrow(
		expect.objectContaining({ code: 'invalid-argument' }),
	);
});

test('whatever arrives is decoded or refused, never worse', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
			try {
				decodeMessage(new Uint8Array(bytes));
			} catch (error) {
				expect(error).toMatchObject({ name: 'GiggityflixError', code: 'invalid-argument' });
			}
		}),
		{ numRuns: 5000 },
	);
});
