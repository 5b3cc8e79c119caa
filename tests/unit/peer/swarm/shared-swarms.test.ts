// One torrent in several parts of a page: joined once, left by the last.
import { expect, it } from 'vitest';
import { createSharedSwarms } from '../../../../peer/swarm/shared-swarms.ts';
import { parseInfoHash } from '../../../../peer/torrent/info-hash.ts';
import { demoSwarms } from '../../../support/web/demo-swarms.ts';

const infoHash = parseInfoHash('a'.repeat(40));
if (!infoHash) throw new Error('an info hash');
const request = { infoHash, trackers: [] };
const noSource = () => {
	throw new Error('nothing is read');
};

it('is left when the last has left, and can be joined again', () => {
	const swarms = demoSwarms(noSource);
	const shared = createSharedSwarms(swarms);
	const [one, other] = [shared.join(request), shared.join(request)];
	one.leave();
	one.leave();
	expect(swarms.joined.map(({ isLeft }) => isLeft)).toEqual([false]);
	other.leave();
	expect(swarms.joined.map(({ isLeft }) => isLeft)).toEqual([true]);
	shared.join(request);
	expect(swarms.joined.map(({ isLeft }) => isLeft)).toEqual([true, false]);
});

it('is joined anew when it has ended by itself', async () => {
	const swarms = demoSwarms(noSource);
	const shared = createSharedSwarms(swarms);
	shared.join(request);
	swarms.joined[0]?.leave();
	await Promise.resolve();
	await Promise.resolve();
	shared.join(request);
	expect(swarms.joined).toHaveLength(2);
});
