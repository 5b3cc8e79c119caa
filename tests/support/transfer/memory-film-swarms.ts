// Swarms in memory for one viewer: tests decide who is there, what they have and what they send. Pieces come whole, as
// from a swarm that has verified them.
import type { PeerId } from '../../../proto/ids.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { createListeners } from '../../../peer/listeners.ts';
import type { Swarm, SwarmRequest, Swarms } from '../../../peer/swarm/swarm.ts';
import type { SwarmMembership } from '../../../peer/swarm/swarm-links.ts';
import type { Torrent } from '../../../peer/torrent/parse-torrent.ts';
import type { FilmSwarms } from '../../../peer/transfer/sources/film-swarm.ts';

/** A swarm as the viewer joined it, and the others in it. */
export interface JoinedMemorySwarm {
	readonly request: SwarmRequest;
	/** Pieces the viewer has told of since it joined. */
	readonly told: number[];
	readonly announcedTo: (readonly string[])[];
	isServing: boolean;
	isLeft: boolean;
	/** Others come, with everything or these pieces; the metadata comes with them. */
	gather(torrent: Torrent, film: Uint8Array<ArrayBuffer>, has?: (piece: number) => boolean): void;
	disperse(): void;
}

export interface MemoryFilmSwarms {
	readonly filmSwarms: FilmSwarms;
	readonly joined: readonly JoinedMemorySwarm[];
	readonly memberships: readonly SwarmMembership[];
	/** Asks what the viewer makes of a member the edge introduces. */
	isWanted(peerId: PeerId): boolean;
	setMayServe(mayServe: boolean): void;
}

export function createMemoryFilmSwarms(): MemoryFilmSwarms {
	const joined: JoinedMemorySwarm[] = [];
	const memberships = new Set<SwarmMembership>();
	const permissions = createListeners();
	let mayServe = true;
	let isWanted = (_peerId: PeerId) => true;
	const swarms: Swarms = {
		join(request) {
			const { swarm, control } = createMemorySwarm(request);
			joined.push(control);
			return swarm;
		},
	};
	return {
		filmSwarms: {
			swarms,
			announceUrls: () => ['wss://edge.test/announce', 'wss://tracker.test/'],
			links: {
				enter(membership, _onLink, wanted = () => true) {
					memberships.add(membership);
					isWanted = wanted;
					return () => memberships.delete(membership);
				},
				memberships: () => [...memberships],
			},
			mayServe: () => mayServe,
			onMayServeChange: permissions.add,
		},
		joined,
		get memberships() {
			return [...memberships];
		},
		isWanted: (peerId) => isWanted(peerId),
		setMayServe(next) {
			mayServe = next;
			permissions.tell();
		},
	};
}

function createMemorySwarm(request: SwarmRequest) {
	const changes = createListeners();
	const known = Promise.withResolvers<Torrent>();
	const ended = Promise.withResolvers<GiggityflixError>();
	known.promise.catch(() => undefined);
	if (request.torrent) known.resolve(request.torrent);
	let others: { film: Uint8Array<ArrayBuffer>; has: (piece: number) => boolean } | undefined;

	const control: JoinedMemorySwarm = {
		...{ request, told: [], announcedTo: [], isLeft: false },
		isServing: request.isServing ?? true,
		gather(torrent, film, has = () => true) {
			others = { film, has };
			known.resolve(torrent);
			changes.tell();
		},
		disperse() {
			others = undefined;
			changes.tell();
		},
	};
	const swarm: Swarm = {
		torrent: known.promise,
		ended: ended.promise,
		know: (torrent) => known.resolve(torrent),
		openFile: () => ({
			open: () => Promise.reject(new Error('not asked by the mix')),
			async *read({ offsetBytes, lengthBytes }) {
				await Promise.resolve();
				if (!others) throw new GiggityflixError('unavailable', 'nobody is there');
				yield others.film.slice(offsetBytes, offsetBytes + lengthBytes);
			},
			close: () => undefined,
		}),
		add: () => undefined,
		announceTo: (trackers) => void control.announcedTo.push(trackers),
		setServing: (isServing) => void (control.isServing = isServing),
		contentChanged: (piece) => void control.told.push(piece),
		isOffered: (piece) => others?.has(piece) === true,
		turnAt: () => 0,
		onMembersChange: changes.add,
		progress: () => ({
			...{ peers: others ? 1 : 0, downloadBytesPerSecond: 0, uploadBytesPerSecond: 0 },
			trackers: 'answering',
		}),
		leave() {
			control.isLeft = true;
			const reason = new GiggityflixError('cancelled', 'the swarm was left');
			known.reject(reason);
			ended.resolve(reason);
		},
	};
	return { swarm, control };
}
