import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { createLeases } from '../../../../edge-server/sessions/leases.ts';
import { parsePeerId, type PeerId, type SessionId } from '../../../../proto/ids.ts';
import { edgeId, settle } from '../../../support/edge-world.ts';
import { createFakeTracker } from '../../../support/fake-tracker.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const ada = parsePeerId('ada');
const [one, two] = ['session-1' as SessionId, 'session-2' as SessionId];
const key = new Uint8Array(33).fill(2);

function open() {
	const clock = createManualClock();
	const tracker = createFakeTracker();
	const lost: SessionId[] = [];
	const reasons: string[] = [];
	const unknown: SessionId[] = [];
	const warnings: string[] = [];
	const pass = async (seconds: number) => {
		for (let passed = 0; passed < seconds; passed += 1) {
			clock.advance(1_000);
			await settle();
		}
	};
	const leases = createLeases({
		edgeId,
		tracker: tracker.client,
		clock,
		logger: { info: () => undefined, error: () => undefined, warn: (text) => warnings.push(text) },
		leaseMs: 30_000,
		trackerTimeoutMs: 5_000,
		onLost: (sessionId, { code, message }) => {
			lost.push(sessionId);
			reasons.push(`${code}: ${message}`);
		},
		onUnknown: (_, sessionId) => void unknown.push(sessionId),
	});
	return { clock, tracker, leases, lost, reasons, unknown, warnings, pass };
}

describe('createLeases', () => {
	it('renews everything it holds in one call at a third of the lease', async () => {
		const { clock, tracker, leases } = open();
		for (const name of ['ada', 'bob']) await leases.claim(parsePeerId(name), one, key);
		const stop = leases.start();
		clock.advance(9_999);
		await settle();
		expect(tracker.renewals).toHaveLength(0);
		clock.advance(1);
		await settle();
		expect(tracker.renewals.map((batch) => batch.map(({ peerId }) => peerId))).toEqual([
			['ada', 'bob'],
		]);
		stop();
		clock.advance(60_000);
		await settle();
		expect(tracker.renewals).toHaveLength(1);
	});

	it('renews a few hundred at a time', async () => {
		const { clock, tracker, leases } = open();
		for (let index = 0; index < 1_201; index += 1) {
			await leases.claim(`peer-${index}` as PeerId, one, key);
		}
		leases.start();
		clock.advance(10_000);
		await settle();
		await settle();
		expect(tracker.renewals.map((batch) => batch.length)).toEqual([500, 500, 201]);
	});

	it('lets a lease lapse without a word', async () => {
		const { clock, tracker, leases, lost } = open();
		await leases.claim(ada, one, key);
		leases.start();
		leases.lapse(ada, one);
		clock.advance(10_000);
		await settle();
		expect(tracker.renewals.flat()).toEqual([]);
		expect(tracker.releases).toEqual([]);
		expect(lost).toEqual([]);
	});

	it('tells which session has lost its peer, once', async () => {
		const { clock, tracker, leases, lost } = open();
		await leases.claim(ada, one, key);
		leases.start();
		tracker.leases.delete(ada);
		clock.advance(10_000);
		await settle();
		clock.advance(10_000);
		await settle();
		expect(lost).toEqual([one]);
	});

	it('tells of whom the tracker knows nothing, of those that are still here', async () => {
		const { clock, tracker, leases, lost, unknown } = open();
		await leases.claim(ada, one, key);
		leases.start();
		tracker.unknownPeerIds = [ada, 'bob'];
		clock.advance(10_000);
		await settle();
		expect(unknown).toEqual([one]);
		expect(lost).toEqual([]);
	});

	it('goes on when the tracker cannot be reached', async () => {
		const { clock, tracker, leases, lost, warnings } = open();
		await leases.claim(ada, one, key);
		leases.start();
		tracker.before = async () => {
			throw new Error('connection refused');
		};
		clock.advance(10_000);
		await settle();
		expect(warnings).toHaveLength(1);
		tracker.before = async () => undefined;
		clock.advance(10_000);
		await settle();
		expect(tracker.renewals).toHaveLength(1);
		expect(lost).toEqual([]);
	});

	it('lets go of what the tracker did not renew before it runs out there, and names it in the next claim', async () => {
		const { clock, tracker, leases, lost, reasons, pass } = open();
		await leases.claim(ada, one, key);
		const stop = leases.start();
		await pass(15);
		tracker.before = async () => {
			throw new Error('no route to host');
		};
		// Renewed 10 s after it was claimed, so it runs out 40 s after that.
		await pass(23);
		expect(lost).toEqual([]);
		await pass(1);
		expect(lost).toEqual([one]);
		expect(reasons).toEqual(['unavailable: the tracker cannot be reached']);
		tracker.before = async () => undefined;
		await leases.claim(ada, two, key);
		expect(tracker.claims.at(-1)?.replacesSessionId).toBe(one);
		stop();
		expect(clock.pending()).toBe(0);
	});

	it.each([
		['gives it back', 'release', [ada]],
		['lets it lapse', 'lapse', []],
	] as const)('keeps what ran out until its session %s', async (_, verb, given) => {
		const { tracker, leases, lost, pass } = open();
		await leases.claim(ada, one, key);
		leases.start();
		tracker.before = async () => {
			throw new Error('no route to host');
		};
		await pass(29);
		expect(lost).toEqual([one]);
		tracker.before = async () => undefined;
		// The end of the session is on its way to the bus all the while.
		await pass(30);
		expect([tracker.releases, tracker.renewals.flat()]).toEqual([[], []]);
		await leases[verb](ada, one);
		await pass(30);
		expect(tracker.releases.map(({ peerId }) => peerId)).toEqual(given);
		expect(lost).toEqual([one]);
	});

	it('tells a peer that the cluster is full', async () => {
		const { tracker, leases } = open();
		tracker.before = async () => {
			throw new ConnectError('full', Code.ResourceExhausted);
		};
		await expect(leases.claim(ada, one, key)).rejects.toMatchObject({ code: 'resource-exhausted' });
	});

	it('names a lease it could not give back in the next claim', async () => {
		const { tracker, leases } = open();
		await leases.claim(ada, one, key);
		tracker.before = async () => {
			throw new Error('connection refused');
		};
		await leases.release(ada, one);
		tracker.before = async () => undefined;
		await leases.claim(ada, two, key);
		expect(tracker.claims[1]?.replacesSessionId).toBe(one);
		expect(tracker.leases.get(ada)?.sessionId).toBe(two);
	});

	it('tries once more to give back what it could not', async () => {
		const { clock, tracker, leases } = open();
		await leases.claim(ada, one, key);
		leases.start();
		tracker.before = async () => {
			throw new Error('connection refused');
		};
		await leases.release(ada, one);
		tracker.before = async () => undefined;
		clock.advance(10_000);
		await settle();
		expect(tracker.leases.size).toBe(0);
		expect(tracker.renewals).toHaveLength(0);
	});

	it('names a claim that was granted without its answer being heard', async () => {
		const { clock, tracker, leases } = open();
		let answer = (): void => undefined;
		tracker.before = () => new Promise((resolve) => (answer = resolve));
		const unheard = leases.claim(ada, one, key);
		const refusal = expect(unheard).rejects.toMatchObject({ code: 'unavailable' });
		await settle();
		clock.advance(5_000);
		await refusal;
		answer();
		await settle();
		expect(tracker.leases.get(ada)?.sessionId).toBe(one);
		tracker.before = async () => undefined;
		await leases.claim(ada, two, key);
		expect(tracker.leases.get(ada)?.sessionId).toBe(two);
	});

	it('gives back only the lease of the session that asks', async () => {
		const { tracker, leases } = open();
		await leases.claim(ada, one, key);
		await leases.claim(ada, two, key);
		await leases.release(ada, one);
		expect(tracker.releases).toHaveLength(0);
		await leases.releaseReplaced(ada, two);
		expect(tracker.leases.get(ada)?.sessionId).toBe(two);
		await leases.releaseReplaced(ada, one);
		expect(tracker.leases.size).toBe(0);
	});
});
