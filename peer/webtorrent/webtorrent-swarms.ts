// Swarms by webtorrent, which is loaded with the first of them: one client for all, with no DHT, no web seeds and nothing
// on the disk. Rule: a client that has failed takes its swarms with it, and the next swarm opens another. Where it runs, and
// what its WebRTC is, is known to whoever opens the client.
import type { Swarms } from '../swarm/swarm.ts';
import type { ClientOptions, RtcServer, WebTorrent } from './webtorrent.ts';
import {
	createWebtorrentSwarm,
	type SwarmSurroundings,
	type WebtorrentSwarm,
} from './webtorrent-swarm.ts';

export interface WebtorrentSwarmsOptions extends SwarmSurroundings {
	/** Loads webtorrent; called for the first swarm, and again when a client has failed. */
	readonly openClient: (options: ClientOptions) => Promise<WebTorrent>;
	/** How a client names itself; absent: as every WebTorrent does. */
	readonly namedBy?: () => Uint8Array;
	/** Asked when a client is opened. */
	readonly iceServers: () => readonly RtcServer[];
}

export function webtorrentSwarms(options: WebtorrentSwarmsOptions): Swarms {
	const live = new Set<WebtorrentSwarm>();
	let client: Promise<WebTorrent> | undefined;

	async function start(): Promise<WebTorrent> {
		const started = await options.openClient({
			...{ dht: false, lsd: false, utPex: false, natUpnp: false, natPmp: false, utp: false },
			webSeeds: false,
			...(options.namedBy && { peerId: options.namedBy() }),
			tracker: { rtcConfig: { iceServers: options.iceServers() } },
		});
		// A client that failed is of no use any more; the next swarm starts another.
		started.on('error', (error) => {
			client = undefined;
			for (const swarm of live) swarm.fail(error);
		});
		return started;
	}

	return {
		join(request) {
			client ??= start();
			const swarm = createWebtorrentSwarm(request, options, () => live.delete(swarm));
			live.add(swarm);
			client.then(
				(started) => swarm.begin(started),
				(error: unknown) => {
					client = undefined;
					swarm.fail(error);
				},
			);
			return swarm;
		},
	};
}
