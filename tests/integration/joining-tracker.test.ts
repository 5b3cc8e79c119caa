// Trackers join their consumer group, leave it and die, while viewers come to one edge, look a film up and negotiate with
// its owner at the other. A member that joins or leaves stops the whole group for up to a second, one that dies for its
// session of ten. Nobody waits for that, because nothing a person waits for is read by that group: the catalog is asked
// by RPC and lies in the memory of every tracker, who holds a peer is asked of Redis, and the steps of a negotiation go
// by the topics of the edges, each of which is a group of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultCluster, type FaultCluster } from '../support/faults/fault-cluster.ts';
import { joinTracker } from '../support/faults/joining-tracker.ts';
import { whyNoKafka } from '../support/kafka/kafka-broker.ts';
import { membersOf } from '../support/kafka/raw-topic.ts';
import type { LightPeer } from '../support/light-peer.ts';
import { startLightOwner, visit } from '../support/light-visit.ts';
import { hasOwnRedis } from '../support/redis.ts';

const changeEveryMs = 2_000;
/** Ten times what a part of a visit takes at worst; on a machine with other work, twice. */
const maxWaitMs = 1_000;

describe.skipIf(whyNoKafka() ?? !hasOwnRedis)('while the group of the trackers changes', () => {
	let cluster: FaultCluster;
	let owner: LightPeer;

	beforeAll(async () => {
		cluster = await startFaultCluster({});
		// The other of two, which nobody asks.
		await cluster.trackers[1]!.start();
		owner = await startLightOwner(cluster.edges[1]!);
	}, 300_000);

	afterAll(async () => {
		owner.close();
		await cluster.dispose();
	}, 60_000);

	it('nobody waits for a tracker that joins and leaves every two seconds', async () => {
		const changing = (async () => {
			for (let round = 0; round < 4; round += 1) {
				const leave = await expectMembers(3, joinTracker(cluster));
				await expectMembers(2, leave());
			}
		})();
		expect(await worstVisit(changing)).toBeLessThan(maxWaitMs);
	}, 60_000);

	it('nobody waits for the group to notice that a tracker is dead', async () => {
		await cluster.trackers[1]!.end('SIGKILL');
		const askedAtMs = performance.now();
		const joining = joinTracker(cluster);
		expect(await worstVisit(joining)).toBeLessThan(maxWaitMs);
		// The group stood still all the time.
		expect(performance.now() - askedAtMs).toBeGreaterThan(5 * maxWaitMs);
		await (
			await joining
		)();
	}, 60_000);

	/** A change of the group, and a pause after it. */
	async function expectMembers<Outcome>(count: number, change: Promise<Outcome>): Promise<Outcome> {
		const [outcome] = await Promise.all([change, sleep(changeEveryMs)]);
		expect(await membersOf([cluster.broker.address], cluster.group)).toBe(count);
		return outcome;
	}

	/** Of all parts of all visits while something goes on. */
	async function worstVisit(meanwhile: Promise<unknown>): Promise<number> {
		const over = new AbortController();
		const watched = meanwhile.finally(() => over.abort());
		const waitsMs: number[] = [];
		while (!over.signal.aborted) {
			const all = await visit(cluster.edges[0]!);
			waitsMs.push(all.admissionMs, all.searchMs, all.entryMs, all.negotiationMs);
		}
		await watched;
		return Math.max(...waitsMs);
	}
});
