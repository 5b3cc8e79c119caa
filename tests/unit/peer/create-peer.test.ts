import { describe, expect, it } from 'vitest';
import { createPeer } from '../../../peer/create-peer.ts';
import { createMemoryFolder } from '../../support/peer/memory-folder.ts';
import { createPeerFixture } from '../../support/peer/peer-fixture.ts';

describe('createPeer', () => {
	it('takes a folder from the disk to the catalog of the edge', async () => {
		const { deps, clock, edge } = createPeerFixture();
		const peer = createPeer(deps);
		await peer.start();
		await peer.addFolder(
			createMemoryFolder('Films', {
				'Alien (1979).mkv': 'alien',
				'Alien (1979).en.srt': 'subtitle',
				'notes.txt': 'no film',
			}),
		);
		await clock.until(() => peer.items()[0]?.storedPosterId !== undefined);

		const [item] = peer.items();
		expect(peer.items()).toHaveLength(1);
		expect(item).toMatchObject({ title: 'Alien', year: 1979, probe: { kind: 'done' } });
		expect(item?.sideCarPaths).toEqual(['Alien (1979).en.srt']);
		expect([...edge.catalog().values()]).toMatchObject([{ title: 'Alien', folder: 'Films' }]);
		expect(item?.catalogId).toMatch(/^[a-z2-7]{26}$/);
		expect(peer.snapshot()).toMatchObject({
			role: 'leading',
			edge: { kind: 'online' },
			folders: [{ name: 'Films', access: 'granted', itemCount: 1 }],
		});
		await peer.stop();
	});
});
