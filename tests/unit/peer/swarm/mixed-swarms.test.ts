// Where a torrent with HTTP seeds differs from the swarm's own. What servers send is in tests/integration/http-seeds.test.ts.
import { describe, expect, it } from 'vitest';
import { createMixedSwarms } from '../../../../peer/swarm/mixed-swarms.ts';
import { parseTorrent } from '../../../../peer/torrent/parse-torrent.ts';
import {
	bencode,
	pieceHashesOf,
	testInfo,
	testPieceBytes,
} from '../../../support/torrent-bytes.ts';
import { createMemoryFilmSwarms } from '../../../support/transfer/memory-film-swarms.ts';
import { testBytes } from '../../../support/transfer/offered-memory.ts';
import { createSleepingClock } from '../../../support/transfer/sleeping-clock.ts';
import { readAll } from '../../../support/transfer/transfer-pair.ts';

const film = testBytes(3 * testPieceBytes + 1);
const torrent = parseTorrent(
	bencode({ info: testInfo(film.length, { pieces: pieceHashesOf(film, testPieceBytes) }) }),
);
const never = new AbortController().signal;

function join(httpSeeds: readonly string[]) {
	const world = createMemoryFilmSwarms();
	const mixed = createMixedSwarms({
		swarms: world.filmSwarms.swarms,
		fetch: () => Promise.reject(new TypeError('nobody is asked')),
		clock: createSleepingClock(),
	});
	const swarm = mixed.join({ infoHash: torrent.infoHash, httpSeeds, trackers: [] });
	return { swarm, gather: () => world.joined[0]?.gather(torrent, film) };
}

describe('a torrent with HTTP seeds', () => {
	it('can be opened once it is known, and has nothing beyond its end', async () => {
		const { swarm, gather } = join(['https://films.example/a.mp4']);
		expect(() => swarm.openFile(0)).toThrow('not known yet');
		gather();
		await swarm.torrent;
		expect(() => swarm.openFile(1)).toThrow('no such file');
		const source = swarm.openFile(0);
		const beyond = { offsetBytes: film.length, lengthBytes: 1 };
		await expect(readAll(source.read(beyond, never))).rejects.toMatchObject({
			code: 'invalid-argument',
		});
	});

	it('tells apart what its seeds send; one without seeds is the swarm’s alone', async () => {
		const kindsOf = async (httpSeeds: readonly string[]) => {
			const { swarm, gather } = join(httpSeeds);
			gather();
			await swarm.torrent;
			return swarm.progress().sources?.map(({ from }) => from.kind);
		};
		expect(await kindsOf(['https://films.example/a.mp4'])).toEqual(['swarm', 'http-seed']);
		expect(await kindsOf([])).toBeUndefined();
	});
});
