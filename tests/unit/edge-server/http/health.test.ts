import { Code, ConnectError } from '@connectrpc/connect';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
	createReadinessHandler,
	handleHealth,
	type EdgePhase,
} from '../../../../edge-server/http/health.ts';
import { LocatePeerResponseSchema } from '../../../../proto/gen/giggityflix/v1/tracker_pb.js';
import { createManualClock } from '../../../support/manual-clock.ts';

const request = new Request('http://films.example/');
const context = { remoteAddress: '' };

it('handleHealth answers whenever it is asked', async () => {
	expect((await handleHealth(request, context)).status).toBe(200);
});

describe('createReadinessHandler', () => {
	function start() {
		const world = {
			phase: 'serving' as EdgePhase,
			calls: 0,
			error: undefined as Error | undefined,
		};
		const clock = createManualClock();
		const handle = createReadinessHandler({
			phase: () => world.phase,
			clock,
			tracker: {
				locatePeer: async () => {
					world.calls += 1;
					if (world.error !== undefined) throw world.error;
					return create(LocatePeerResponseSchema);
				},
			},
		});
		return { world, clock, status: async () => (await handle(request, context)).status };
	}

	it('is ready when the tracker answers anything, also that it knows no such peer', async () => {
		const { world, status } = start();
		world.error = new ConnectError('no such peer', Code.NotFound);
		expect(await status()).toBe(200);
	});

	it.each([Code.Unavailable, Code.DeadlineExceeded, Code.Internal])(
		'is not ready when the tracker fails with %s',
		async (code) => {
			const { world, status } = start();
			world.error = new ConnectError('down', code);
			expect(await status()).toBe(503);
		},
	);

	it.each(['starting', 'draining'] as const)('is not ready while %s', async (phase) => {
		const { world, status } = start();
		world.phase = phase;
		expect(await status()).toBe(503);
		expect(world.calls).toBe(0);
	});

	it('believes an answer for a second', async () => {
		const { world, clock, status } = start();
		await Promise.all([status(), status()]);
		expect(world.calls).toBe(1);
		clock.advance(1_000);
		world.error = new ConnectError('down', Code.Unavailable);
		expect(await status()).toBe(503);
		expect(world.calls).toBe(2);
	});
});
