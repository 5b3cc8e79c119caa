import { describe, expect, it } from 'vitest';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { createEdgeClient } from '../../../../peer/edge/edge-client.ts';
import type { EdgeSession } from '../../../../peer/edge/edge-session.ts';
import { hopelessDelayMs } from '../../../../peer/edge/reconnect-policy.ts';
import type { EdgeMessageContext } from '../../../../peer/edge/messages/context.ts';
import { handleEdgeMessage } from '../../../../peer/edge/messages/handlers.ts';
import { identityOfPhrase } from '../../../../peer/identity/identity.ts';
import { createFakeClock, settle } from '../../../support/peer/fake-clock.ts';
import { createModelEdge } from '../../../support/peer/model-edge.ts';
import { quietLogger } from '../../../support/peer/peer-fixture.ts';

const identity = identityOfPhrase(`${'abandon '.repeat(11)}about`);
/** Draws a half, always. */
const half = (target: Uint8Array) => target.set([128]);

function setUp() {
	const clock = createFakeClock();
	const edge = createModelEdge({ heartbeatIntervalMs: 10_000 });
	const sessions: EdgeSession[] = [];
	const client = createEdgeClient({
		transport: edge.transport,
		clock,
		randomBytes: half,
		logger: quietLogger,
		identity: () => identity,
		displayName: () => 'Ripley',
		onMessage(message, stream) {
			// Only the stream's own messages come in these tests.
			void handleEdgeMessage({ stream } as EdgeMessageContext, message, quietLogger);
		},
		onAdmitted: (session) => sessions.push(session),
	});
	return { clock, edge, client, sessions };
}

async function online() {
	const fixture = setUp();
	fixture.client.start();
	await fixture.clock.until(() => fixture.client.state().kind === 'online');
	return fixture;
}

describe('createEdgeClient', () => {
	it('proves who it is and is admitted', async () => {
		const { client, edge, sessions } = await online();
		expect(client.state()).toEqual({ kind: 'online', edgeId: 'edge-a' });
		expect(edge.heard[0]?.body).toMatchObject({
			case: 'hello',
			value: { peerId: identity.peerId, displayName: 'Ripley' },
		});
		expect(sessions[0]).toMatchObject({ sessionToken: 'token-1', catalogSequence: 0 });
		expect(sessions[0]?.limits).toMatchObject({ maxOffersPerPage: 200, maxOffers: 50_000 });
		client.stop();
	});

	it('comes back after a lost stream, and its old session is over', async () => {
		const { client, edge, sessions, clock } = await online();
		edge.drop();
		await settle();
		expect(client.state()).toEqual({ kind: 'offline', retryAtMs: clock.now() + 500 });
		expect(sessions[0]?.signal.aborted).toBe(true);
		expect(client.session()).toBeUndefined();
		await clock.advance(499);
		expect(edge.connectCount).toBe(1);
		await clock.advance(1);
		await settle();
		expect(client.state().kind).toBe('online');
		client.stop();
	});

	it('waits longer after every failure, and from the start once it was admitted', async () => {
		const { client, edge, clock } = await online();
		edge.setUnreachable(new GiggityflixError('unavailable', 'down'));
		edge.drop();
		const waits: number[] = [];
		for (let failure = 0; failure < 8; failure += 1) {
			await clock.until(() => client.state().kind === 'offline', 100_000);
			const state = client.state();
			if (state.kind === 'offline') {
				waits.push(Math.round((state.retryAtMs - clock.now()) / 100) * 100);
				await clock.advance(state.retryAtMs - clock.now());
			}
		}
		expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
		edge.setUnreachable(undefined);
		await clock.until(() => client.state().kind === 'online', 100_000);
		edge.drop();
		await settle();
		expect(client.state()).toMatchObject({ kind: 'offline', retryAtMs: clock.now() + 500 });
		client.stop();
	});

	it('tries at once on a nudge, and ignores it while online', async () => {
		const { client, edge, clock } = await online();
		client.nudge();
		await settle();
		expect(client.state().kind).toBe('online');
		edge.drop();
		await settle();
		client.nudge();
		await settle();
		expect(client.state().kind).toBe('online');
		expect(edge.connectCount).toBe(2);
		expect(clock.monotonicMs()).toBe(0);
		client.stop();
	});

	it('shows a refusal and waits as long as the edge asks', async () => {
		const { client, edge, clock } = setUp();
		const error = new GiggityflixError('already-exists', 'in another browser');
		edge.setRefusal({ error, retryAfterMs: 20_000 });
		client.start();
		await settle();
		expect(client.state()).toEqual({
			kind: 'offline',
			refused: 'already-exists',
			retryAtMs: clock.now() + 20_500,
		});
		edge.setRefusal(undefined);
		await clock.advance(20_500);
		expect(client.state().kind).toBe('online');
		client.stop();
	});

	it('hardly tries again after a refusal for good', async () => {
		const { client, edge, clock } = setUp();
		const error = new GiggityflixError('permission-denied', 'bound to another key');
		edge.setRefusal({ error, retryAfterMs: 0 });
		client.start();
		await clock.advance(hopelessDelayMs - 1);
		expect(edge.connectCount).toBe(1);
		expect(client.state()).toMatchObject({ refused: 'permission-denied' });
		client.stop();
	});

	it('sends signs of life, answers those of the edge, and does not answer answers', async () => {
		const { client, edge, clock } = await online();
		edge.say({ case: 'heartbeat', value: { sentAtMs: 7n } });
		edge.say({ case: 'heartbeat', value: { sentAtMs: 8n, answersSentAtMs: 1n } });
		await clock.advance(10_000);
		const beats = edge.heard.flatMap(({ body }) => (body.case === 'heartbeat' ? [body.value] : []));
		expect(beats.map(({ answersSentAtMs }) => answersSentAtMs)).toEqual([7n, 0n]);
		client.stop();
	});

	it('leaves an edge that has fallen silent for two intervals', async () => {
		const { client, edge, clock } = await online();
		edge.setSilent(true);
		await clock.advance(19_999);
		expect(client.state().kind).toBe('online');
		await clock.advance(1);
		expect(client.state().kind).toBe('offline');
		client.stop();
	});

	it('gives up on an edge that never admits it', async () => {
		const { client, edge, clock } = setUp();
		edge.setSilent(true);
		client.start();
		await clock.advance(15_000);
		expect(client.state()).toMatchObject({ kind: 'offline' });
		client.stop();
	});

	it('comes back when a draining edge has said', async () => {
		const { client, edge, clock } = await online();
		edge.say({ case: 'drain', value: { reconnectAfterMs: 3_000 } });
		await settle();
		expect(client.state()).toEqual({ kind: 'offline', retryAtMs: clock.now() + 3_000 });
		client.stop();
	});

	it('ends a stream that goes out of order', async () => {
		const { client, edge } = await online();
		edge.say({ case: 'welcome', value: {} });
		await settle();
		expect(client.state().kind).toBe('offline');
		client.stop();
	});

	it('refuses an edge of another version', async () => {
		const { client, edge } = setUp();
		const connect = edge.transport.connect.bind(edge.transport);
		edge.transport.connect = (options) =>
			connect({
				...options,
				onMessage(message) {
					if (message.body.case === 'challenge') message.body.value.minProtocolVersion = 99;
					options.onMessage(message);
				},
			});
		client.start();
		await settle();
		expect(client.state()).toMatchObject({ kind: 'offline', refused: 'unsupported' });
		client.stop();
	});

	it('says nothing more once it has stopped', async () => {
		const { client, edge, clock, sessions } = await online();
		client.stop();
		await settle();
		edge.heard.length = 0;
		await clock.advance(100_000);
		expect(edge.heard).toEqual([]);
		expect(edge.connectCount).toBe(1);
		expect(sessions[0]?.signal.aborted).toBe(true);
	});

	it('comes back at once when it is to be called something else', async () => {
		const { client, edge, clock } = await online();
		client.reconnect();
		await settle();
		await settle();
		expect(client.state().kind).toBe('online');
		expect(edge.connectCount).toBe(2);
		expect(clock.monotonicMs()).toBe(0);
		client.stop();
	});
});
