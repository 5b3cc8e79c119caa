// The edge is told of whoever it knows by name and who sent what is not the film: once, and never of others.
import { expect, it } from 'vitest';
import type { SourceShare } from '../../../../peer/peer.ts';
import type { PeerId } from '../../../../proto/ids.ts';
import { createBadSourceReports } from '../../../../web/lib/state/bad-source-reports.ts';

const anna = { peerId: 'anna' as PeerId, sessionToken: 'secret' };
const film = 'a'.repeat(26);

function openReports() {
	const told: unknown[] = [];
	const world = { told, session: anna as typeof anna | undefined };
	const look = createBadSourceReports(
		{ sessionCredentials: () => world.session },
		{
			reportBadSource: (report, options) => {
				told.push([report, options?.headers]);
				return Promise.reject(new Error('the edge has gone'));
			},
		},
	);
	return { world, told, look };
}

function share(from: SourceShare['from'], state: SourceShare['state'] = 'dropped'): SourceShare {
	return { from, totalBytes: 0, bytesPerSecond: 0, state };
}

const owner = (peerId: string) => ({ kind: 'owner', peerId: peerId as PeerId }) as const;

it('tells of owners and members that lied, each once, also when the edge does not hear it', () => {
	const { told, look } = openReports();
	const shares = [
		share(owner('mallory')),
		share({ kind: 'member', peerId: 'trudy' as PeerId }),
		share(owner('honest'), 'ready'),
		share(owner('asleep'), 'away'),
	];
	look(film, shares);
	look(film, shares);
	const headers = { peer_id: 'anna', session_token: 'secret' };
	expect(told).toEqual([
		[{ catalogId: film, peerId: 'mallory' }, headers],
		[{ catalogId: film, peerId: 'trudy' }, headers],
	]);
});

it('says nothing of strangers and web servers, whom the edge does not know', () => {
	const { told, look } = openReports();
	look(film, [share({ kind: 'member' }), share({ kind: 'http-seed', host: 'films.example' })]);
	expect(told).toEqual([]);
});

it('waits until there is a session to tell it in', () => {
	const { world, told, look } = openReports();
	world.session = undefined;
	look(film, [share(owner('mallory'))]);
	expect(told).toEqual([]);
	world.session = anna;
	look(film, [share(owner('mallory'))]);
	expect(told).toHaveLength(1);
});
