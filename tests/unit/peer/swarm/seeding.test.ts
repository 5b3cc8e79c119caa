import { create } from '@bufbuild/protobuf';
import { hexToBytes } from '@noble/hashes/utils.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeInfoDictionary } from '../../../../peer/hashing/info-dictionary.ts';
import type { FolderId, LibraryItem, Sharing } from '../../../../peer/library/library-item.ts';
import { createSeeding, type Seeding } from '../../../../peer/swarm/seeding.ts';
import type { SwarmMembership } from '../../../../peer/swarm/swarm-links.ts';
import type { Swarm, SwarmRequest } from '../../../../peer/swarm/swarm.ts';
import { infoHashOf } from '../../../../peer/torrent/info-hash.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { SwarmWantedSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { MediaId, OfferId } from '../../../../proto/ids.ts';
import { createFakeClock, type FakeClock } from '../../../support/peer/fake-clock.ts';

const announceUrls = ['ws://edge.test/announce', 'wss://tracker.test/'];
const catalogId = 'c'.repeat(26);
const sizeBytes = 600_000;
const content = { sizeBytes, pieceLengthBytes: 262_144, pieces: new Uint8Array(60).fill(4) };
const dictionary = encodeInfoDictionary({ ...content, name: 'Alien.mkv' });
const infoHash = infoHashOf(dictionary);
const renamedInfoHash = infoHashOf(encodeInfoDictionary({ ...content, name: 'Alien (1979).mkv' }));

const item: LibraryItem = {
	offerId: 'a'.repeat(26) as OfferId,
	folderId: 'folder' as FolderId,
	path: 'films/Alien.mkv',
	...{ sizeBytes, modifiedAtMs: 7, addedAtMs: 1, title: 'Alien', sideCarPaths: [] },
	presence: { kind: 'present' },
	probe: { kind: 'waiting' },
	poster: { kind: 'waiting' },
	mediaId: 'm'.repeat(64) as MediaId,
	torrent: {
		...{ infoHash, pieceLengthBytes: 262_144 },
		...{ piecesId: '0b'.repeat(32), infoDictionaryBytes: 120 },
	},
};

interface JoinedSwarm {
	readonly request: SwarmRequest;
	readonly announced: (readonly string[])[];
	isLeft: boolean;
	fail(error: GiggityflixError): void;
}

const wanted = (changes: { infoHash?: string; name?: string; onAnnounceTracker?: boolean } = {}) =>
	create(SwarmWantedSchema, {
		catalogId,
		torrent: {
			infoHash: hexToBytes(changes.infoHash ?? infoHash),
			name: changes.name ?? 'Alien.mkv',
		},
		onAnnounceTracker: changes.onAnnounceTracker ?? false,
		forMs: 60_000,
	});

describe('seeding', () => {
	let clock: FakeClock;
	let joined: JoinedSwarm[];
	let entered: SwarmMembership[];
	let current: LibraryItem | undefined;
	let sharing: Sharing;
	let openError: GiggityflixError | undefined;
	let stopping: AbortController;
	let seeding: Seeding;

	function join(request: SwarmRequest): Swarm {
		const ended = Promise.withResolvers<GiggityflixError>();
		const swarm: JoinedSwarm = { request, announced: [], isLeft: false, fail: ended.resolve };
		joined.push(swarm);
		return {
			torrent: Promise.reject(new Error('nobody asks')),
			ended: ended.promise,
			know: () => undefined,
			openFile: () => {
				throw new Error('nobody reads');
			},
			add: () => undefined,
			announceTo: (trackers) => void swarm.announced.push(trackers),
			setServing: () => undefined,
			contentChanged: () => undefined,
			isOffered: () => false,
			turnAt: () => 0,
			onMembersChange: () => () => undefined,
			progress: () => ({
				...{ peers: 0, downloadBytesPerSecond: 0, uploadBytesPerSecond: 0, trackers: 'asking' },
			}),
			leave() {
				swarm.isLeft = true;
				ended.resolve(new GiggityflixError('cancelled', 'left'));
			},
		};
	}

	beforeEach(() => {
		clock = createFakeClock();
		[joined, entered, current, sharing, openError] = [[], [], item, 'public', undefined];
		stopping = new AbortController();
		seeding = createSeeding({
			swarms: {
				join(request) {
					const swarm = join(request);
					swarm.torrent.catch(() => undefined);
					return swarm;
				},
			},
			links: {
				memberships: () => [],
				enter(membership) {
					entered.push(membership);
					return () => void entered.splice(entered.indexOf(membership), 1);
				},
			},
			...{ announceUrls: () => announceUrls, clock, signal: stopping.signal },
			logger: { info: () => undefined, warn: () => undefined },
			store: { loadInfoDictionary: async () => dictionary },
			findItem: (id) => (id === catalogId ? current : undefined),
			item: () => current,
			sharingOf: () => sharing,
			open: async () => {
				if (openError) throw openError;
				return {
					...{ sizeBytes, modifiedAtMs: 7, mimeType: 'video/x-matroska' },
					read: async (_, lengthBytes) => new Uint8Array(lengthBytes),
				};
			},
		});
	});
	const left = () => joined.map(({ isLeft }) => isLeft);

	it('begins when somebody wants a film and ends when nobody has for a minute', async () => {
		expect([joined.length, entered.length]).toEqual([0, 0]);
		await seeding.wanted(wanted());
		expect(joined[0]?.request).toMatchObject({
			infoHash,
			trackers: [],
			content: { isComplete: true },
		});
		expect(entered).toEqual([{ infoHash, isComplete: true }]);
		await clock.advance(40_000);
		await seeding.wanted(wanted());
		await clock.advance(59_000);
		expect(left()).toEqual([false]);
		await clock.advance(2_000);
		expect([left(), entered]).toEqual([[true], []]);
		await seeding.wanted(wanted());
		expect(left()).toEqual([true, false]);
	});

	it('announces to our tracker while its clients want the film, and no longer', async () => {
		await seeding.wanted(wanted({ onAnnounceTracker: true }));
		expect(joined[0]?.request.trackers).toEqual(announceUrls);
		await clock.advance(30_000);
		await seeding.wanted(wanted());
		expect(joined[0]?.announced.at(-1)).toEqual(announceUrls);
		await clock.advance(31_000);
		expect(joined[0]?.announced.at(-1)).toEqual([]);
		expect(left()).toEqual([false]);
		await clock.advance(30_000);
		expect(left()).toEqual([true]);
	});

	it.each<[string, () => void]>([
		['private', () => (sharing = 'private')],
		['shared by link', () => (sharing = 'link-only')],
		['not hashed', () => (current = { ...item, torrent: undefined, mediaId: undefined } as never)],
		['missing', () => (current = { ...item, presence: { kind: 'missing', sinceMs: 1 } })],
		['unknown', () => (current = undefined)],
	])('never begins for a film that is %s, and ends when it becomes so', async (_, change) => {
		change();
		await seeding.wanted(wanted({ onAnnounceTracker: true }));
		expect([joined.length, entered.length]).toEqual([0, 0]);
		[current, sharing] = [item, 'public'];
		await seeding.wanted(wanted({ onAnnounceTracker: true }));
		seeding.review();
		expect(left()).toEqual([false]);
		change();
		seeding.review();
		expect(left()).toEqual([true]);
	});

	it('seeds the torrent another owner has made of the same content', async () => {
		await seeding.wanted(wanted({ infoHash: renamedInfoHash, name: 'Alien (1979).mkv' }));
		expect(joined[0]?.request.torrent).toMatchObject({
			infoHash: renamedInfoHash,
			name: 'Alien (1979).mkv',
		});
	});

	it('does not seed what is another content', async () => {
		const lie = wanted({ infoHash: renamedInfoHash, name: 'Aliens.mkv' });
		await expect(seeding.wanted(lie)).rejects.toMatchObject({ code: 'not-found' });
		expect(joined).toEqual([]);
	});

	it('says why a film cannot be opened, and tries again when it is wanted again', async () => {
		openError = new GiggityflixError('corrupt', 'the file has changed');
		await expect(seeding.wanted(wanted())).rejects.toMatchObject({ code: 'corrupt' });
		openError = undefined;
		await seeding.wanted(wanted());
		expect(left()).toEqual([false]);
	});

	it('ends when the file changes under it', async () => {
		await seeding.wanted(wanted());
		joined[0]?.fail(new GiggityflixError('corrupt', 'the file has changed'));
		await clock.advance(0);
		expect(entered).toEqual([]);
		await seeding.wanted(wanted());
		expect(joined).toHaveLength(2);
	});

	it('ends with the peer', async () => {
		await seeding.wanted(wanted());
		stopping.abort();
		expect(left()).toEqual([true]);
	});
});
