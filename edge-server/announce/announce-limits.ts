// The numbers of the announce tracker. Those a client can notice are bittorrent-tracker's own; the others
// keep a stranger from making the edge hold or do more than its share.
import { maxSdpBytes } from '../../proto/limits.ts';

export interface AnnounceLimits {
	/** What clients are told to wait between announces. */
	readonly intervalSeconds: number;
	/** Offers relayed of one announce. */
	readonly maxOffers: number;
	/** Peers in one swarm; the one silent for longest makes room for a new one. */
	readonly maxPeersPerSwarm: number;
	/** A peer that has not announced for this long is forgotten, connected or not. */
	readonly peerTimeToLiveMs: number;
	/** Between two sweeps of the forgotten. */
	readonly sweepIntervalMs: number;
	/** Peers in all swarms together: 200 bytes each in a large swarm, 700 alone in one. */
	readonly maxPeers: number;
	/** Swarms one connection may be in. A page with more torrents than this wants a tracker of its own. */
	readonly maxSwarmsPerConnection: number;
	/** Swarms in one answer to a scrape. */
	readonly maxScrapedSwarms: number;
	/** One offer or answer as JSON. A gathered data-channel description takes 1–3 KiB. */
	readonly maxDescriptionBytes: number;
	/** Messages of one connection, averaged, and at once. A page with 500 torrents sends 17 announces a second and
	 * five answers for each it hears; when it starts, all 500. */
	readonly messagesPerSecond: number;
	readonly messageBurst: number;
	/** Connections of the door, and the largest frame it takes: an announce with ten offers is 14 KiB. */
	readonly maxConnections: number;
	readonly maxFrameBytes: number;
	/** Unsent bytes at which a connection is cut: 150 offers that nobody read. */
	readonly maxBufferedBytes: number;
	/** Nothing heard for this long, not even a pong. */
	readonly idleTimeoutMs: number;
}

export const announceLimits: AnnounceLimits = {
	intervalSeconds: 120,
	maxOffers: 82,
	maxPeersPerSwarm: 1000,
	peerTimeToLiveMs: 20 * 60_000,
	sweepIntervalMs: 60_000,
	maxPeers: 500_000,
	maxSwarmsPerConnection: 1000,
	maxScrapedSwarms: 500,
	maxDescriptionBytes: maxSdpBytes,
	messagesPerSecond: 200,
	messageBurst: 2000,
	maxConnections: 50_000,
	maxFrameBytes: 64 * 1024,
	maxBufferedBytes: 256 * 1024,
	idleTimeoutMs: 120_000,
};
