// What the tracker does with each event of the bus: an exhaustive table over the cases of BusEvent, so that a
// new event does not compile until it is decided here. Handlers may run twice, and those of different topics
// in any order.
import type { BusEvent } from '../proto/gen/giggityflix/v1/events_pb.js';
import type { PeerId } from '../proto/ids.ts';
import type { Availability } from './availability.ts';
import type { Catalog } from './catalog.ts';
import type { CatalogUpdates } from './catalog-updates.ts';
import type { ChangePublisher } from './change-publisher.ts';
import { readLease } from './lease-message.ts';
import type { Leases } from './leases.ts';
import type { Peers } from './peers.ts';
import type { Clock, Logger } from './ports.ts';
import type { RemapCourier } from './remap-courier.ts';

type Body = BusEvent['body'];
type Case = NonNullable<Body['case']>;
type Handler<C extends Case> = (
	context: EventContext,
	event: Extract<Body, { case: C }>['value'],
) => Promise<void>;
type Handlers = { readonly [C in Case]: Handler<C> | 'not for the tracker' };

export interface EventContext {
	readonly peers: Peers;
	readonly leases: Leases;
	readonly catalog: Catalog;
	readonly availability: Pick<Availability, 'maybeServedBefore'>;
	readonly updates: CatalogUpdates;
	readonly courier: Pick<RemapCourier, 'peerCameBack'>;
	readonly publisher: ChangePublisher;
	readonly clock: Clock;
	readonly logger: Logger;
	/** How long a session counts as open that is known from its event alone. */
	readonly leaseMs: number;
}

const handlers: Handlers = {
	peerConnectionEstablished: async (context, { publicKey, displayName, ...message }) => {
		const { peers, leases, clock } = context;
		const lease = readLease(message);
		// Throws for a key the id is not bound to: then no tracker granted this session its lease.
		await peers.bindKey(lease.peerId, publicKey);
		await leases.establish(lease, context.leaseMs);
		await peers.see([lease.peerId], clock.now(), { displayName });
		context.courier.peerCameBack(lease.peerId);
		await publishPresence(context, lease.peerId);
	},
	peerConnectionClosed: async (context, message) => {
		const { peers, leases, clock } = context;
		const lease = readLease(message);
		await leases.end(lease);
		// A tracker that has just started has not heard of every session yet.
		const isGone = leases.hasHeardOf(lease.peerId) && !leases.isOnline(lease.peerId);
		await peers.see([lease.peerId], clock.now(), isGone ? { isHeld: false } : {});
		context.availability.maybeServedBefore(context.catalog.entriesOf(lease.peerId));
		await publishPresence(context, lease.peerId);
	},
	peerCatalogUpdated: ({ updates }, update) => updates.apply([update]),
	catalogAvailabilityChanged: 'not for the tracker',
	catalogSubscriptionMatched: 'not for the tracker',
	edgeCommand: 'not for the tracker',
	peerCommandCompleted: 'not for the tracker',
	peerSignal: 'not for the tracker',
	peerSignalOutcome: 'not for the tracker',
	posterWanted: 'not for the tracker',
	posterFound: 'not for the tracker',
	swarmsChanged: 'not for the tracker',
	swarmFrame: 'not for the tracker',
	swarmCall: 'not for the tracker',
};

/** Applies one event. Rejects when it should be delivered again. */
export async function applyEvent(context: EventContext, { body }: BusEvent): Promise<void> {
	if (body.case === undefined) return;
	const handler = handlers[body.case];
	if (handler !== 'not for the tracker') await handler(context, body.value as never);
}

/** Applies events of one key, in order: announcements that follow each other are one piece of work. */
export async function applyTogether(
	context: EventContext,
	events: readonly BusEvent[],
): Promise<void> {
	const updates = events.flatMap(({ body }) =>
		body.case === 'peerCatalogUpdated' ? [body.value] : [],
	);
	if (updates.length === events.length) await context.updates.apply(updates);
	else for (const event of events) await applyEvent(context, event);
}

/** Tells what changed for the entries of a peer that came or went. */
export function publishPresence(
	{ catalog, publisher }: Pick<EventContext, 'catalog' | 'publisher'>,
	peerId: PeerId,
): Promise<void> {
	return publisher.publishChanges(catalog.entriesOf(peerId));
}
