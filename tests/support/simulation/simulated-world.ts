// A simulated cluster with its peers and the witness, as it stands before anything happens.
import { create } from '@bufbuild/protobuf';
import { defaultTopics } from '../../../bus/topics.ts';
import type { Command } from '../../../edge-server/commands/command-runner.ts';
import {
	EdgeCommandSchema,
	type EdgeCommand,
} from '../../../proto/gen/giggityflix/v1/events_pb.js';
import {
	FileDeleteRequestSchema,
	FileHashRequestSchema,
} from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { randomId, type CatalogId, type CommandId } from '../../../proto/ids.ts';
import { createChoice } from './seeded-choice.ts';
import { createSimulatedCluster, type SimulatedCluster } from './simulated-cluster.ts';
import type { Film } from './simulated-films.ts';
import { createSimulatedPeer, type SimulatedPeer } from './simulated-peer.ts';
import { beginLife, createEventLog, type Life, type Surroundings } from './surroundings.ts';
import { createVirtualTime } from './virtual-time.ts';
import { createWitness, type Witness } from './witness.ts';

/** A wish that the tracker has confirmed. */
export interface Wish {
	readonly peer: SimulatedPeer;
	readonly subscriptionId: string;
	readonly catalogId: CatalogId;
	readonly confirmedAtMs: number;
}

/** What lies in somebody's queue, or is on its way, arrives within this. */
const troubledMs = 25_000;

export interface World extends Surroundings {
	readonly cluster: SimulatedCluster;
	readonly peers: readonly [SimulatedPeer, ...SimulatedPeer[]];
	readonly witness: Witness;
	/** When edges, trackers, bus and store could not reach each other for the last time. */
	readonly trouble: { lastMs: number };
	readonly wishes: Map<string, Wish>;
	readonly commands: {
		/** When each was given that the bus took. */
		readonly published: Map<string, number>;
		/** The edges that were asked to see to one and have not said how it went. */
		readonly unsettled: Set<{ readonly life: Life; readonly atMs: number }>;
	};
	/** One film of one peer, if the peer drawn has any. */
	anyFilm(): { readonly peer: SimulatedPeer; readonly film: Film } | undefined;
	subscribe(peer: SimulatedPeer, film: Film): void;
	/** Gives a command in one of the ways there are. */
	command(peer: SimulatedPeer, film: Film): void;
}

export interface Scale {
	readonly peerCount: number;
	readonly trackerCount: 1 | 2;
}

export function createWorld(
	{ seed, keptSteps }: { seed: number; keptSteps: number },
	scale: (surroundings: Surroundings) => Scale,
): World {
	const time = createVirtualTime();
	const choice = createChoice(seed);
	const surroundings = { time, choice, log: createEventLog(time, keptSteps) };
	const { peerCount, trackerCount } = scale(surroundings);
	const trouble = { lastMs: -Infinity };
	const witness = createWitness(surroundings, {
		edges: () => cluster.edges,
		isTroubled: () => trouble.lastMs + troubledMs > time.nowMs(),
	});
	const cluster = createSimulatedCluster({
		...surroundings,
		trackerCount,
		onDefect: witness.problem,
		onEndUnpublished: witness.leftUnsaid,
		onCrash: (life) => {
			for (const peer of peers) {
				if (peer.edge()?.life === life) peer.snap(choice.happens(0.7));
			}
		},
	});
	const peers = Array.from({ length: peerCount }, (_, number) =>
		createSimulatedPeer({
			...surroundings,
			number,
			witness,
			findEdge: (left) => {
				const up = cluster.edges.flatMap((edge) => edge.running() ?? []);
				const others = up.filter(({ life }) => life !== left?.life);
				return choice.any(others.length > 0 ? others : up);
			},
		}),
	);
	const world = {
		...{ ...surroundings, cluster, witness, trouble },
		peers: peers as unknown as World['peers'],
	};
	return { ...world, ...verbs(world) };
}

function verbs(
	world: Omit<World, 'wishes' | 'commands' | 'anyFilm' | 'subscribe' | 'command'>,
): Pick<World, 'wishes' | 'commands' | 'anyFilm' | 'subscribe' | 'command'> {
	const { time, choice, cluster, peers } = world;
	const backend = beginLife('backend');
	const bus = cluster.bus.connect(backend);
	const trackers = cluster.routeFor(backend);
	const wishes = new Map<string, Wish>();
	const commands = {
		published: new Map<string, number>(),
		unsettled: new Set<{ life: Life; atMs: number }>(),
	};

	/** Straight to the topic of the edge that seems to hold the peer, perhaps twice. */
	async function publish(peer: SimulatedPeer, command: EdgeCommand): Promise<void> {
		const { edgeId } = choice.pick(cluster.edges);
		const holder = cluster.edges.find((edge) => edge.running()?.door.find(peer.peerId));
		const topic = defaultTopics.edgeCommands(holder?.edgeId ?? edgeId);
		const body = { case: 'edgeCommand', value: command } as const;
		const givenAtMs = time.nowMs();
		for (let copies = choice.pick([1, 1, 2]); copies > 0; copies -= 1) {
			await bus.publish(topic, peer.peerId, body);
			commands.published.set(command.commandId, givenAtMs);
		}
	}

	async function ask(command: EdgeCommand): Promise<void> {
		const edge = choice.any(cluster.edges.flatMap((it) => it.running() ?? []));
		if (!edge) return;
		const asked = { life: edge.life, atMs: time.nowMs() };
		commands.unsettled.add(asked);
		await edge.door.commands
			.run(command as unknown as Command, new AbortController().signal)
			.finally(() => commands.unsettled.delete(asked));
	}

	return {
		wishes,
		commands,
		anyFilm: () => {
			const peer = choice.pick(peers);
			const film = choice.any([...peer.films.all.values()]);
			return film && { peer, film };
		},
		subscribe: (peer, { catalogId }) => {
			const edge = cluster.edges.find((it) => it.running()?.life === peer.edge()?.life)?.running();
			if (!edge) return;
			edge.tracker.createSubscription({ peerId: peer.peerId, catalogId }).then(
				({ subscriptionId }) => {
					const wish = { peer, subscriptionId, catalogId, confirmedAtMs: time.nowMs() };
					wishes.set(`${peer.peerId} ${catalogId}`, wish);
				},
				() => undefined,
			);
		},
		command: (peer, { catalogId }) => {
			const commandId = randomId<CommandId>(choice.fill);
			const request = choice.happens(0.3)
				? ({ case: 'fileDelete', value: create(FileDeleteRequestSchema, { catalogId }) } as const)
				: ({ case: 'fileHash', value: create(FileHashRequestSchema, { catalogId }) } as const);
			const command = create(EdgeCommandSchema, { commandId, peerId: peer.peerId, request });
			const givenAtMs = time.nowMs();
			const give = choice.pick([
				() => publish(peer, command),
				() =>
					trackers.routeCommand({ command }).then(() => {
						commands.published.set(commandId, givenAtMs);
					}),
				() => ask(command),
			]);
			void give().catch(() => undefined);
		},
	};
}
