import { createClient, createRouterTransport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import {
	createCallContext,
	createCallerContext,
	withCallContext,
} from '../../../bus/call-context.ts';
import { currentLogFields, withLogFields } from '../../../bus/log-context.ts';
import { noTracer, type Tracer } from '../../../bus/tracer.ts';
import { TrackerService } from '../../../proto/gen/giggityflix/v1/tracker_pb.js';

const randomBytes = (target: Uint8Array) => void target.fill(7);

function open(tracer: Tracer = noTracer) {
	const seen: (string | undefined)[] = [];
	const transport = createRouterTransport((router) => {
		router.service(
			TrackerService,
			{
				locatePeer: () => {
					seen.push(currentLogFields().requestId);
					return {};
				},
			},
			{ interceptors: [createCallContext({ tracer, randomBytes })] },
		);
	});
	const client = withCallContext(createClient(TrackerService, transport), tracer);
	const ask = async (headers: Record<string, string> = {}) => {
		let answered: string | null = null;
		const onHeader = (header: Headers) => (answered = header.get('x-request-id'));
		await client.locatePeer({ peerId: 'ada' }, { headers, onHeader });
		return answered as string | null;
	};
	return { seen, ask };
}

describe('the context of a call', () => {
	it('is made for a call that has none, bound for its handler and answered', async () => {
		const { seen, ask } = open();
		const answered = await ask();
		expect(answered).toMatch(/^[a-z2-7]{26}$/);
		expect(seen).toEqual([answered]);
	});

	it('takes a well-formed id of the caller and no other', async () => {
		const { seen, ask } = open();
		expect(await ask({ 'x-request-id': 'load-balancer.42' })).toBe('load-balancer.42');
		for (const bad of ['short', 'x'.repeat(65), 'with spaces in it', '{"json":"injection"}']) {
			expect(await ask({ 'x-request-id': bad })).not.toBe(bad);
		}
		expect(new Set(seen).size).toBe(2);
	});

	it('goes on to the next program', async () => {
		const { seen, ask } = open();
		await withLogFields({ requestId: 'from-the-browser' }, () => ask());
		expect(seen).toEqual(['from-the-browser']);
	});

	it('hands the trace on', async () => {
		const spans: [string, string | undefined][] = [];
		const traceParent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
		const { ask } = open({
			span: (name, { parent }, work) => {
				spans.push([name, parent]);
				return work();
			},
			traceParent: () => traceParent,
		});
		await ask();
		expect(spans).toEqual([
			['locatePeer', undefined],
			['giggityflix.v1.TrackerService/LocatePeer', traceParent],
		]);
	});
});

describe('the context a caller gives', () => {
	const traceParent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

	it('is a new request id, or the one that is bound, and the trace', async () => {
		const spans: string[] = [];
		const heard: (string | null)[][] = [];
		const tracer: Tracer = {
			span: (name, { kind }, work) => {
				spans.push(`${kind} ${name}`);
				return work();
			},
			traceParent: () => traceParent,
		};
		const transport = createRouterTransport(
			(router) =>
				router.service(TrackerService, {
					locatePeer: (_, { requestHeader }) => {
						heard.push([requestHeader.get('x-request-id'), requestHeader.get('traceparent')]);
						return {};
					},
				}),
			{ transport: { interceptors: [createCallerContext({ tracer, randomBytes })] } },
		);
		const client = createClient(TrackerService, transport);
		await client.locatePeer({ peerId: 'ada' });
		await withLogFields({ requestId: 'from-the-edge' }, () => client.locatePeer({ peerId: 'ada' }));
		expect(heard).toEqual([
			[expect.stringMatching(/^[a-z2-7]{26}$/), traceParent],
			['from-the-edge', traceParent],
		]);
		expect(spans).toEqual(Array(2).fill('client giggityflix.v1.TrackerService/LocatePeer'));
	});
});
