// What simulated trackers keep: one store for all of them with news of what the others did, as Redis, or for one alone,
// as SQLite. Every call takes its time there and back, may fail before or after it was carried out, and calls of one
// tracker stay in order. It may lose everything.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { LeaseStore, SessionChange } from '../../../tracker/store/lease-store.ts';
import { createMemoryLeases } from '../../../tracker/store/memory-leases.ts';
import type {
	StoredTracker,
	StoreNews,
	TrackerStore,
} from '../../../tracker/store/tracker-store.ts';
import {
	bindKey,
	deleteWishes,
	noRecords,
	readAll,
	saveAliases,
	saveCatalog,
	savePresence,
	saveWish,
	type Records,
	type Tell,
} from './simulated-records.ts';
import { createLine, type Life, type Surroundings } from './surroundings.ts';

export type StoreCondition = 'well' | 'slow' | 'away';

export interface SimulatedStore {
	/** The store as one tracker sees it. */
	open(life: Life): TrackerStore;
	setCondition(condition: StoreCondition): void;
	/** It loses everything, at once. */
	empty(): void;
	stored(): StoredTracker;
}

interface Contents extends Records {
	readonly leases: LeaseStore;
	/** Without a life nobody is to speak. */
	speaker: { readonly life: Life | undefined; readonly untilMs: number } | undefined;
	/** Written by the first tracker that leads; its absence shows that everything was lost. */
	epoch: number | undefined;
}

interface Listener {
	readonly life: Life;
	readonly hear: (news: StoreNews) => void;
}

interface Medium extends Surroundings {
	readonly isShared: boolean;
	readonly listeners: Listener[];
	contents: Contents;
	condition: StoreCondition;
	epochs: number;
}

/** One tracker's way to the store. */
interface Handle {
	readonly medium: Medium;
	readonly life: Life;
	/** As this tracker found it first. */
	epoch: number | undefined;
	readonly call: <Result>(name: string, act: () => Result | Promise<Result>) => Promise<Result>;
	/** Tells the others. */
	readonly tell: Tell;
	/** Tells this tracker. */
	readonly hear: (news: StoreNews) => void;
}

export function createSimulatedStore(
	surroundings: Surroundings,
	options: { isShared: boolean },
): SimulatedStore {
	const medium: Medium = {
		...surroundings,
		...options,
		listeners: [],
		contents: newContents(surroundings),
		condition: 'well',
		epochs: 0,
	};
	return {
		open: (life) => openStore(openHandle(medium, life)),
		setCondition: (condition) => {
			// Whoever listened may have missed something.
			if (medium.condition === 'away' && condition !== 'away') {
				for (const { hear } of medium.listeners) hear({ kind: 'missed' });
			}
			medium.condition = condition;
		},
		empty: () => {
			medium.contents = newContents(medium);
		},
		stored: () => readAll(medium.contents),
	};
}

function newContents({ time }: Surroundings): Contents {
	return {
		...noRecords(),
		leases: createMemoryLeases({ monotonicMs: time.nowMs }),
		speaker: undefined,
		epoch: undefined,
	};
}

function openHandle(medium: Medium, life: Life): Handle {
	const { time, choice, listeners } = medium;
	const [there, back] = [createLine(time), createLine(time)];
	const delayMs = () =>
		medium.condition === 'slow' ? choice.between(20, 1_500) : choice.between(0.1, 2);

	const call = <Result>(name: string, act: () => Result | Promise<Result>) =>
		new Promise<Result>((resolve, reject) => {
			const answer = (settle: () => void): void => {
				back(delayMs(), () => {
					if (!life.isOver) settle();
				});
			};
			const fail = (caught: unknown): void => reject(GiggityflixError.from(caught));
			there(delayMs(), () => {
				// SQLite runs in the tracker and ends with it.
				if (!medium.isShared && life.isOver) return;
				if (medium.condition === 'away') {
					answer(() => fail(away()));
					return;
				}
				medium.log.note(`store ${life.name} ${name}`);
				const isAnswerLost = medium.condition === 'slow' && choice.happens(0.05);
				Promise.resolve()
					.then(act)
					.then(
						(result) => answer(() => (isAnswerLost ? fail(silent()) : resolve(result))),
						(caught: unknown) => answer(() => fail(caught)),
					);
			});
		});

	const tell: Tell = (news) => {
		if (!medium.isShared || medium.condition === 'away') return;
		for (const other of listeners) if (other.life !== life) other.hear(news);
	};
	const hear = (news: StoreNews): void => {
		for (const listener of listeners) if (listener.life === life) listener.hear(news);
	};
	return { medium, life, epoch: undefined, call, tell, hear };
}

function openStore(handle: Handle): TrackerStore {
	const { medium, life, call, tell } = handle;
	const contents = () => medium.contents;
	return {
		load: () =>
			call('load', () => {
				requireSameEpoch(handle);
				return readAll(contents());
			}),
		loadPeer: (peerId) =>
			call(`loads ${peerId}`, () => {
				requireSameEpoch(handle);
				const peer = contents().peers.get(peerId);
				return peer && { peer, offers: [...(contents().offers.get(peerId)?.values() ?? [])] };
			}),
		bindKey: (peerId, publicKey) =>
			call(`binds ${peerId}`, () => bindKey(contents(), tell, peerId, publicKey)),
		savePresence: (peers) =>
			call(`sees ${peers.length}`, () => savePresence(contents(), tell, peers)),
		saveCatalog: (change) =>
			call(`saves ${change.peerId} ${change.progress.appliedSequence}`, () =>
				saveCatalog(contents(), tell, change),
			),
		saveAliases: (change) => call('aliases', () => saveAliases(contents(), tell, change)),
		saveSubscription: (subscription, most) =>
			call(`subscribes ${subscription.peerId}`, () =>
				saveWish(contents(), tell, subscription, most),
			),
		deleteSubscriptions: (subscriptions) =>
			call('unsubscribes', () => deleteWishes(contents(), tell, subscriptions)),
		openLeases: (clock) =>
			medium.isShared ? sharedLeases(handle) : delayedLeases(handle, createMemoryLeases(clock)),
		follow: async (listener) => {
			const line = createLine(medium.time);
			await call('follows', () => {
				const hear = (news: StoreNews): void =>
					line(medium.choice.between(0.1, 20), () => {
						if (!life.isOver) listener(news);
					});
				medium.listeners.push({ life, hear });
			});
		},
		lead: (durationMs) =>
			medium.isShared
				? call('leads', () => lead(handle, durationMs))
				: call('leads', () => Promise.resolve(Infinity)),
		close: async () => {
			if (contents().speaker?.life === life) contents().speaker = undefined;
		},
	};
}

function lead(handle: Handle, durationMs: number): number {
	const { medium, life } = handle;
	const { contents } = medium;
	const nowMs = medium.time.nowMs();
	if (contents.epoch === undefined && handle.epoch !== undefined) {
		contents.speaker = { life: undefined, untilMs: nowMs + durationMs };
	}
	contents.epoch ??= medium.epochs += 1;
	noteEpoch(handle, contents.epoch);
	const { speaker } = contents;
	if (speaker && speaker.life !== life && speaker.untilMs > nowMs) return 0;
	contents.speaker = { life, untilMs: nowMs + durationMs };
	return durationMs;
}

function noteEpoch(handle: Handle, epoch: number): boolean {
	const isSame = handle.epoch === undefined || handle.epoch === epoch;
	handle.epoch = epoch;
	if (!isSame) handle.hear({ kind: 'emptied' });
	return isSame;
}

function requireSameEpoch(handle: Handle): void {
	const { epoch } = handle.medium.contents;
	if (epoch === undefined && handle.epoch === undefined) return;
	if (epoch !== undefined && noteEpoch(handle, epoch)) return;
	throw new GiggityflixError('unavailable', 'the store was emptied');
}

/** Leases that all trackers share; each hears what the others did. */
function sharedLeases(handle: Handle): LeaseStore {
	const { medium, tell } = handle;
	const told = (changes: SessionChange[]): SessionChange[] => {
		if (changes.length > 0) tell({ kind: 'sessions', changes });
		return changes;
	};
	const leases = () => medium.contents.leases;
	return delayedLeases(handle, {
		sinceClock: 'epoch',
		claim: async (lease, options) => told(await leases().claim(lease, options)),
		establish: async (lease, leaseMs) => told(await leases().establish(lease, leaseMs)),
		renew: async (renewed, leaseMs) => {
			const answers = await leases().renew(renewed, leaseMs);
			told(answers.flatMap(({ changes }) => changes));
			return answers;
		},
		end: async (lease) => told(await leases().end(lease)),
		holders: (peerIds) => leases().holders(peerIds),
		takeExpired: (peerIds) => leases().takeExpired(peerIds),
		open: () => leases().open(),
	});
}

function delayedLeases({ call }: Handle, leases: LeaseStore): LeaseStore {
	return {
		sinceClock: leases.sinceClock,
		claim: (lease, options) =>
			call(`claims ${lease.peerId} ${lease.sessionId}`, () => leases.claim(lease, options)),
		establish: (lease, leaseMs) =>
			call(`establishes ${lease.peerId}`, () => leases.establish(lease, leaseMs)),
		renew: (renewed, leaseMs) =>
			call(`renews ${renewed.length}`, () => leases.renew(renewed, leaseMs)),
		end: (lease) => call(`ends ${lease.peerId} ${lease.sessionId}`, () => leases.end(lease)),
		holders: (peerIds) => call(`finds ${peerIds.join()}`, () => leases.holders(peerIds)),
		takeExpired: (peerIds) => call('takes', () => leases.takeExpired(peerIds)),
		open: () => call('opens', () => leases.open()),
	};
}

function away(): GiggityflixError {
	return new GiggityflixError('unavailable', 'the store is away');
}

function silent(): GiggityflixError {
	return new GiggityflixError('timed-out', 'the store does not answer');
}
