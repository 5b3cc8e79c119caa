// A film is opened before it is clicked, once, and let go of when nobody comes.
import { describe, expect, it } from 'vitest';
import type { CatalogId } from '../../../../proto/ids.ts';
import { targetOf } from '../../../../web/lib/state/watch-link.ts';
import { createWarmSources } from '../../../../web/lib/state/warm-sources.ts';
import { createFakeClock } from '../../../support/peer/fake-clock.ts';
import { createDemoPeer } from '../../../support/web/demo-peer.ts';

const key = new Uint8Array(33).fill(2);
const harbour = targetOf('a'.repeat(32) as CatalogId, key);
const lights = targetOf('b'.repeat(32) as CatalogId, key);

function world() {
	const clock = createFakeClock();
	const peer = createDemoPeer();
	return { clock, peer, warm: createWarmSources(peer, clock) };
}

describe('warm sources', () => {
	it('hand the opened film to whoever watches it, and then forget it', async () => {
		const { clock, peer, warm } = world();
		warm.warmUp(harbour);
		const source = warm.open(harbour);
		expect(peer.sources).toEqual([source]);
		await clock.advance(60_000);
		expect(peer.sources[0]?.isClosed).toBe(false);
		expect(warm.open(harbour)).not.toBe(source);
	});

	it('open another film anew', () => {
		const { peer, warm } = world();
		warm.warmUp(harbour);
		warm.open(lights);
		expect(peer.sources.map(({ target }) => target)).toEqual([harbour, lights]);
	});

	it('open the same film of another owner anew', () => {
		const { peer, warm } = world();
		warm.warmUp(harbour);
		warm.open({
			...harbour,
			ownerPeerIds: lights.ownerPeerIds,
			ownerPublicKey: key.slice().fill(3),
		});
		expect(peer.sources).toHaveLength(2);
	});

	it('hold one film at a time, and open it once', () => {
		const { peer, warm } = world();
		warm.warmUp(harbour);
		warm.warmUp(harbour);
		warm.warmUp(lights);
		expect(peer.sources.map(({ isClosed }) => isClosed)).toEqual([true, false]);
	});

	it('let go of what nobody came to watch', async () => {
		const { clock, peer, warm } = world();
		warm.warmUp(harbour);
		await clock.advance(10_000);
		expect(peer.sources[0]?.isClosed).toBe(true);
		warm.warmUp(lights);
		warm.close();
		expect(peer.sources[1]?.isClosed).toBe(true);
	});
});
