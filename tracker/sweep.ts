// Looks at regular times for what has run out: sessions whose edge stopped renewing them are closed in its
// place, each exactly once, and expired subscriptions are forgotten. Also notes that whoever is here was
// seen, so that a crash loses one interval of that at most.
import { create } from '@bufbuild/protobuf';
import type { MessageBus } from '../bus/message-bus.ts';
import { GiggityflixError } from '../proto/errors.ts';
import { CloseReason, PeerConnectionClosedSchema } from '../proto/gen/giggityflix/v1/events_pb.js';
import type { Catalog } from './catalog.ts';
import type { ChangePublisher } from './change-publisher.ts';
import type { TrackerTopics } from './config.ts';
import { publishPresence } from './events.ts';
import type { Leases } from './leases.ts';
import type { Peers } from './peers.ts';
import type { Clock, Logger } from './ports.ts';
import type { Speaker } from './speaker.ts';
import type { Lease } from './store/lease-store.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface Sweep {
	start(): void;
	/** Stops, and waits for a run that has begun. */
	stop(): Promise<void>;
}

interface Deps {
	readonly bus: Pick<MessageBus, 'publish'>;
	readonly topics: TrackerTopics;
	readonly leases: Leases;
	readonly peers: Peers;
	readonly catalog: Catalog;
	readonly publisher: ChangePublisher;
	readonly subscriptions: Subscriptions;
	readonly speaker: Pick<Speaker, 'isSpeaking'>;
	readonly clock: Clock;
	readonly logger: Logger;
	readonly intervalMs: number;
}

export function createSweep(deps: Deps): Sweep {
	let running = Promise.resolve();
	let isStopped = false;
	let cancel = (): void => undefined;

	async function run(): Promise<void> {
		if (!deps.speaker.isSpeaking()) return;
		for (const lease of await deps.leases.takeExpired()) {
			try {
				await publishSwept(deps, lease);
				await deps.leases.end(lease);
			} catch (caught) {
				// It is handed out again.
				warn(deps, 'a swept session could not be published', caught);
				continue;
			}
			deps.logger.info('a session ran out', { ...lease });
			await publishPresence(deps, lease.peerId).catch((caught: unknown) => {
				warn(deps, 'availability could not be published', caught);
			});
		}
		await deps.peers.see(deps.leases.onlinePeers(), deps.clock.now(), { isHeld: true });
		await deps.subscriptions.expire();
	}

	/** One run after another: a second one would be handed again what the first still waits to publish. */
	function schedule(): void {
		cancel = deps.clock.after(deps.intervalMs, () => {
			running = run().catch((caught: unknown) => {
				warn(deps, 'the sweep failed', caught);
			});
			void running.then(() => {
				if (!isStopped) schedule();
			});
		});
	}

	return {
		start: schedule,
		stop: async () => {
			isStopped = true;
			cancel();
			await running;
		},
	};
}

function publishSwept({ bus, topics }: Deps, lease: Lease): Promise<void> {
	return bus.publish(topics.peerConnectionClosed, lease.peerId, {
		case: 'peerConnectionClosed',
		value: create(PeerConnectionClosedSchema, { ...lease, reason: CloseReason.SWEPT }),
	});
}

function warn({ logger }: Deps, message: string, caught: unknown): void {
	const { code, message: reason } = GiggityflixError.from(caught);
	logger.warn(message, { code, reason });
}
