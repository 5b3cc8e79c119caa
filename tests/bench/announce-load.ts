// The load generator of announce.ts, a process of its own: connects clients to a tracker and lets them announce
// at an even rate, whatever comes back (open loop). Takes orders and reports over the channel to its parent.
import { setTimeout as sleep } from 'node:timers/promises';
import { openAnnounceSocket, randomName, type AnnounceSocket } from './announce-socket.ts';

export type LoadOrder =
	| {
			readonly kind: 'connect';
			readonly port: number;
			readonly path: string;
			readonly count: number;
	  }
	| { readonly kind: 'run'; readonly announcesPerSecond: number; readonly seconds: number };

export interface LoadReport {
	readonly announces: number;
	readonly replies: number;
	readonly offers: number;
	readonly answers: number;
	readonly roundTripsMs: readonly number[];
	readonly failures: number;
	/** Part of one core that the generator itself used: near 1 it is what was measured. */
	readonly generatorLoad: number;
}

const swarmCount = 50;
const swarms = Array.from({ length: swarmCount }, randomName);
const sockets: AnnounceSocket[] = [];
const tally = { replies: 0, offers: 0, answers: 0, failures: 0 };
let roundTripsMs: number[] = [];

const events = {
	reply(roundTripMs: number) {
		tally.replies += 1;
		roundTripsMs.push(roundTripMs);
	},
	offer: () => void (tally.offers += 1),
	answer: () => void (tally.answers += 1),
	failed(reason: string) {
		tally.failures += 1;
		if (tally.failures === 1) console.error(`load: ${reason}`);
	},
};

process.on('message', (order: LoadOrder) => {
	void carryOut(order).then((report) => process.send?.(report));
});

async function carryOut(order: LoadOrder): Promise<LoadReport> {
	if (order.kind === 'connect') await connectAll(order);
	return order.kind === 'run' ? run(order) : report(0, 0);
}

/** Every client joins its swarm, without offers. */
async function connectAll({ port, path, count }: Extract<LoadOrder, { kind: 'connect' }>) {
	const wanted = sockets.length + count;
	while (sockets.length < wanted) {
		const batch = Array.from(
			{ length: Math.min(50, wanted - sockets.length) },
			async (_, index) => {
				const number = sockets.length + index;
				const from = `127.0.0.${(number % 8) + 1}`;
				return openAnnounceSocket({ port, path, from }, swarms[number % swarmCount] ?? '', events);
			},
		);
		const opened = await Promise.all(batch);
		for (const socket of opened) socket.announce(false);
		sockets.push(...opened);
	}
	await sleep(500);
}

async function run({ announcesPerSecond, seconds }: Extract<LoadOrder, { kind: 'run' }>) {
	Object.assign(tally, { replies: 0, offers: 0, answers: 0, failures: 0 });
	roundTripsMs = [];
	const cpu = process.cpuUsage();
	const startedAt = performance.now();
	const total = Math.round(announcesPerSecond * seconds);
	for (let count = 0; count < total;) {
		const due = Math.min(total, ((performance.now() - startedAt) / 1000) * announcesPerSecond);
		for (; count < due; count += 1) sockets[(count * 7) % sockets.length]?.announce(true);
		await sleep(1);
	}
	const { user, system } = process.cpuUsage(cpu);
	const generatorLoad = (user + system) / 1000 / (performance.now() - startedAt);
	await sleep(1000);
	return report(total, generatorLoad);
}

function report(announces: number, generatorLoad: number): LoadReport {
	return { announces, ...tally, roundTripsMs, generatorLoad };
}
