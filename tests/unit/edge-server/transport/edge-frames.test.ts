import { create, toBinary, type MessageInitShape, type UnknownField } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEdgeFrame } from '../../../../edge-server/transport/edge-frames.ts';
import { EdgeFrameSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';

type Content = NonNullable<MessageInitShape<typeof EdgeFrameSchema>['content']>;

// Lengths about those at which the length itself takes a byte more, and text of which a character is several bytes.
const length = fc.oneof(fc.nat(40), fc.integer({ min: 90, max: 140 }), fc.nat(17_000));
const text = fc.oneof(
	fc.string({ unit: 'binary', maxLength: 60 }),
	length.map((count) => 'a'.repeat(count)),
	length.map((count) => 'é'.repeat(count)),
	fc.constant('\ud800'),
);
const requestId = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xff_ff_ff_ff }));
/** Mostly none. */
const $unknown = fc.oneof(
	{ weight: 6, arbitrary: fc.constant(undefined) },
	{ weight: 1, arbitrary: fc.constant<UnknownField[]>([newerField()]) },
);
const infoHash = fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 20 }));
const failure = fc.record({ message: text });
const step = fc.oneof(
	{ weight: 5, arbitrary: stepOf('candidate', fc.record({ candidate: text, sdpMid: text })) },
	stepOf('offer', fc.record({ sdp: text })),
	stepOf('bye', failure),
	fc.constant({ case: undefined }),
);
const signal = fc.record({ webrtcSessionId: text, fromPeerId: text, step, infoHash });

/** One that this version of the contract does not know. */
function newerField(): UnknownField {
	return { no: 90, wireType: WireType.LengthDelimited, data: Uint8Array.of(1, 104) };
}

function stepOf<Case extends string, Value extends object>(
	name: Case,
	value: fc.Arbitrary<Value>,
): fc.Arbitrary<{ case: Case; value: Value }> {
	return value.map((fields) => ({ case: name, value: fields }));
}

describe('encodeEdgeFrame', () => {
	it('writes answers as the generated code does', () => {
		const answer = fc.record({ failure: fc.option(failure, { nil: undefined }) });
		fc.assert(
			fc.property(requestId, answer, $unknown, (id, value, unknown) => {
				const frame = frameOf(id, { case: 'webrtc', value });
				if (frame.content.case === 'webrtc' && unknown) frame.content.value.$unknown = unknown;
				expectGenerated(frame);
			}),
			{ numRuns: 500 },
		);
	});

	it('writes signals as the generated code does', () => {
		const id = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, requestId);
		fc.assert(
			fc.property(id, signal, fc.tuple($unknown, $unknown, $unknown), (number, value, unknowns) => {
				const body = { case: 'webrtcSignal' as const, value };
				const frame = frameOf(number, { case: 'message', value: { body } });
				const message = frame.content.value;
				const inner =
					message?.$typeName === 'giggityflix.v1.EdgeMessage' ? message.body.value : null;
				const parts = [message, inner, inner && 'step' in inner ? inner.step.value : null];
				parts.forEach((part, index) => {
					const unknown = unknowns[index];
					if (part && unknown) part.$unknown = unknown;
				});
				expectGenerated(frame);
			}),
			{ numRuns: 2000 },
		);
	});

	it('writes every other message as the generated code does', () => {
		const body = { case: 'heartbeat' as const, value: { sentAtMs: 1_700_000_000_000n } };
		expectGenerated(frameOf(0, { case: 'message', value: { body } }));
	});
});

function frameOf(id: number, content: Content) {
	return create(EdgeFrameSchema, { requestId: id, content });
}

function expectGenerated(frame: ReturnType<typeof frameOf>): void {
	const written = encodeEdgeFrame(frame.requestId, frame.content);
	expect(Buffer.from(written).equals(toBinary(EdgeFrameSchema, frame))).toBe(true);
}
