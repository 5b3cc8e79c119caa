import { afterEach, describe, expect, it } from 'vitest';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { maxPosterBytes } from '../../../../proto/limits.ts';
import { createPeer, type LeadingPeer } from '../../../../peer/create-peer.ts';
import type { MediaProbe } from '../../../../peer/ports.ts';
import { createMemoryFolder } from '../../../support/peer/memory-folder.ts';
import { createPeerFixture, fakeProbe } from '../../../support/peer/peer-fixture.ts';

const running: LeadingPeer[] = [];

afterEach(async () => {
	for (const peer of running.splice(0)) await peer.stop();
});

async function start(overrides: Parameters<typeof createPeerFixture>[0]) {
	const fixture = createPeerFixture(overrides);
	const peer = createPeer(fixture.deps);
	running.push(peer);
	await peer.start();
	return { ...fixture, peer };
}

/** A probe that notes what it is asked, and waits until it is let go on. */
function slowProbe() {
	const asked: string[] = [];
	let atOnce = 0;
	let most = 0;
	const probe: MediaProbe = {
		async probe(file, path, signal) {
			asked.push(path);
			most = Math.max(most, (atOnce += 1));
			await fixtureTurn();
			atOnce -= 1;
			return fakeProbe.probe(file, path, signal);
		},
	};
	return { probe, asked, most: () => most };
}

const fixtureTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('enrichment', () => {
	it('looks into one film at a time, the newest folder first', async () => {
		const { probe, asked, most } = slowProbe();
		const { peer, clock } = await start({ mediaProbe: probe });
		await peer.addFolder(createMemoryFolder('Old', { 'a.mkv': '1', 'b.mkv': '1', 'c.mkv': '1' }));
		await clock.advance(5);
		await peer.addFolder(createMemoryFolder('New', { 'x.mkv': '1', 'y.mkv': '1' }));
		await clock.until(() => peer.items().every((item) => item.poster.kind === 'done'));
		expect(most()).toBe(1);
		expect(asked.slice(-2)).toEqual(['b.mkv', 'c.mkv']);
		expect(asked.slice(0, 3)).toContain('x.mkv');
		expect(asked.slice(0, 3)).toContain('y.mkv');
	});

	it('keeps a refusal with its reason and does not ask again', async () => {
		let calls = 0;
		const probe = () => {
			calls += 1;
			return Promise.reject(new GiggityflixError('unsupported', 'what is this'));
		};
		const { peer, clock } = await start({ mediaProbe: { probe } });
		await peer.addFolder(createMemoryFolder('Films', { 'a.mkv': '1' }));
		await clock.advance(2_000);
		await peer.rescan();
		await clock.advance(2_000);
		expect(calls).toBe(1);
		expect(peer.items()).toMatchObject([
			{
				probe: { kind: 'failed', reason: 'unsupported' },
				poster: { kind: 'failed', reason: 'unsupported' },
			},
		]);
	});

	it('tries again after the next scan what only the moment refused', async () => {
		let isBusy = true;
		const mediaProbe: MediaProbe = {
			probe: (file, path, signal) =>
				isBusy
					? Promise.reject(new GiggityflixError('timed-out', 'busy'))
					: fakeProbe.probe(file, path, signal),
		};
		const { peer, clock } = await start({ mediaProbe });
		await peer.addFolder(createMemoryFolder('Films', { 'a.mkv': '1' }));
		await clock.advance(2_000);
		expect(peer.items()[0]?.probe).toEqual({ kind: 'waiting' });
		isBusy = false;
		await peer.rescan();
		await clock.until(() => peer.items()[0]?.probe.kind === 'done');
	});

	it('has no picture of sound alone, nor one that is too large', async () => {
		const facts = { mimeType: 'video/mp4', videoCodec: '', audioCodec: 'opus' };
		const sound = await start({ mediaProbe: { probe: () => Promise.resolve(facts) } });
		await sound.peer.addFolder(createMemoryFolder('Films', { 'a.mkv': '1' }));
		await sound.clock.until(() => sound.peer.items()[0]?.poster.kind === 'failed');
		const grab = () => Promise.resolve([{ atMs: 0, image: new Uint8Array(maxPosterBytes + 1) }]);
		const large = await start({ frameGrabber: { grab } });
		await large.peer.addFolder(createMemoryFolder('Films', { 'a.mkv': '1' }));
		await large.clock.until(() => large.peer.items()[0]?.poster.kind === 'failed');
		expect(large.peer.items()[0]?.probe.kind).toBe('done');
	});

	it('goes on after a reload where it was', async () => {
		const { probe, asked } = slowProbe();
		const { peer, clock, deps } = await start({ mediaProbe: probe });
		await peer.addFolder(createMemoryFolder('Films', { 'a.mkv': '1', 'b.mkv': '1', 'c.mkv': '1' }));
		await clock.until(() => asked.length === 2);
		running.length = 0;
		await peer.stop();
		const looked = peer.items().filter((item) => item.poster.kind === 'done').length;
		asked.length = 0;
		const reloaded = createPeer(deps);
		running.push(reloaded);
		await reloaded.start();
		await clock.until(() => reloaded.items().every((item) => item.poster.kind === 'done'));
		expect(looked).toBeGreaterThan(0);
		expect(asked).toHaveLength(3 - looked);
	});
});
