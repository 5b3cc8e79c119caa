// Everything that was ever published on a cluster's topics, read by a plain consumer from the first event to the last,
// and what follows from it when it is replayed one by one. Knows nothing of how trackers do that.
import { fromBinary } from '@bufbuild/protobuf';
import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { defaultTopics as topics } from '../../../bus/topics.ts';
import {
	BusEventSchema,
	type BusEvent,
	type PeerCatalogUpdated,
} from '../../../proto/gen/giggityflix/v1/events_pb.js';

const read = [
	topics.peerConnectionEstablished,
	topics.peerConnectionClosed,
	topics.peerCatalogUpdated,
	topics.catalogAvailabilityChanged,
];

/** In the order of each key. */
export async function readEvents(brokers: readonly string[]): Promise<BusEvent[]> {
	const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
	const missing = new Map<string, number>();
	const admin = kafka.admin();
	await admin.connect();
	for (const topic of read) {
		for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
			if (Number(high) > 0) missing.set(`${topic}:${partition}`, Number(high));
		}
	}
	await admin.disconnect();
	const events: BusEvent[] = [];
	if (missing.size === 0) return events;
	const consumer = kafka.consumer({ groupId: `history-${randomUUID()}` });
	await consumer.connect();
	await consumer.subscribe({ topics: read, fromBeginning: true });
	await new Promise<void>((resolve, reject) => {
		const eachMessage = async ({ topic, partition, message }: kafkajs.EachMessagePayload) => {
			const place = `${topic}:${partition}`;
			const end = missing.get(place);
			if (end === undefined) return;
			if (message.value !== null) events.push(fromBinary(BusEventSchema, message.value));
			if (Number(message.offset) + 1 >= end) missing.delete(place);
			if (missing.size === 0) resolve();
		};
		consumer.run({ eachMessage }).catch(reject);
	});
	await consumer.disconnect();
	return events;
}

/** How many events a group has not committed, in all topics it reads. */
export async function lagOf(brokers: readonly string[], group: string): Promise<number> {
	const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
	const admin = kafka.admin();
	await admin.connect();
	let lag = 0;
	const followed = read.filter((topic) => topic !== topics.catalogAvailabilityChanged);
	for (const { topic, partitions } of await admin.fetchOffsets({
		groupId: group,
		topics: followed,
	})) {
		const ends = await admin.fetchTopicOffsets(topic);
		for (const { partition, high } of ends) {
			const done = partitions.find((each) => each.partition === partition)?.offset ?? '0';
			lag += Number(high) - Math.max(0, Number(done));
		}
	}
	await admin.disconnect();
	return lag;
}

/** The names of topics where events were put aside. */
export async function deadLetterTopics(brokers: readonly string[]): Promise<string[]> {
	const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
	const admin = kafka.admin();
	await admin.connect();
	const names = await admin.listTopics();
	await admin.disconnect();
	return names.filter((name) => name.endsWith('.dlq'));
}

/** Title by catalog id after every announcement in its turn, for all peers together. */
export function replayCatalog(events: readonly BusEvent[]): Map<string, string> {
	const byPeer = new Map<string, { sequence: bigint; offered: Map<string, string> }>();
	const pages = new Map<string, Map<string, string>>();
	for (const { body } of events) {
		if (body.case !== 'peerCatalogUpdated') continue;
		const { peerId, catalogSequence: sequence } = body.value;
		const before = byPeer.get(peerId) ?? { sequence: 0n, offered: new Map<string, string>() };
		if (sequence < before.sequence) continue;
		const offered = applied(body.value, before.offered, pages);
		if (offered !== undefined) byPeer.set(peerId, { sequence, offered });
	}
	return new Map([...byPeer.values()].flatMap(({ offered }) => [...offered]));
}

/** Undefined while a snapshot is not whole: it replaces nothing before. */
function applied(
	{ peerId, isSnapshot, page, isLast, upserted, removedCatalogIds }: PeerCatalogUpdated,
	before: ReadonlyMap<string, string>,
	pages: Map<string, Map<string, string>>,
): Map<string, string> | undefined {
	const added = upserted.map(({ catalogId, offer }) => [catalogId, offer?.title ?? ''] as const);
	if (!isSnapshot) {
		const offered = new Map([...before, ...added]);
		for (const catalogId of removedCatalogIds) offered.delete(catalogId);
		return offered;
	}
	const collected = new Map([...((page > 0 ? pages.get(peerId) : undefined) ?? []), ...added]);
	pages.set(peerId, collected);
	return isLast ? collected : undefined;
}

/** The last word about each entry: how many peers can serve it, none for one that is gone. */
export function lastTold(events: readonly BusEvent[]): Map<string, number> {
	const told = new Map<string, number>();
	for (const { body } of events) {
		if (body.case !== 'catalogAvailabilityChanged') continue;
		for (const { catalogId, availablePeers, removed } of body.value.entries) {
			if (removed) told.delete(catalogId);
			else told.set(catalogId, availablePeers);
		}
	}
	return told;
}

/** Sessions that were established and not closed. Both are told on topics of their own, so in any order. */
export function openSessions(events: readonly BusEvent[]): { sessionId: string; peerId: string }[] {
	const closed = new Set<string>();
	const established = new Map<string, string>();
	for (const { body } of events) {
		if (body.case === 'peerConnectionClosed') closed.add(body.value.sessionId);
		if (body.case === 'peerConnectionEstablished') {
			established.set(body.value.sessionId, body.value.peerId);
		}
	}
	return Array.from(established, ([sessionId, peerId]) => ({ sessionId, peerId })).filter(
		({ sessionId }) => !closed.has(sessionId),
	);
}
