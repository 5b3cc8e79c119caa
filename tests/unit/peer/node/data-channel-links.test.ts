// Two ends in one process, and the browser's adapter (on the package's own RTCPeerConnection) at the other end:
// the same negotiation from both sides.
import { RTCPeerConnection } from 'node-datachannel/polyfill';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { dataChannelLinks } from '../../../../peer/node/data-channel-links.ts';
import { systemClock as clock } from '../../../../peer/node/system-clock.ts';
import { createRtcPeerLinks } from '../../../../web/lib/browser/rtc-peer-links.ts';
import {
	accept,
	bufferLowBytes,
	closeEnds,
	createEnd,
	join,
	type End,
} from '../../../support/link-ends.ts';
import { patternedBytes } from '../../../support/patterned-bytes.ts';

const native = dataChannelLinks({ clock, ownServers: [] });
const standard = createRtcPeerLinks({
	// The package types its configuration by the DOM's, which a Node program does not have.
	createConnection: (configuration) => new RTCPeerConnection(configuration as object),
	clock,
});

afterEach(closeEnds);

const totalBytes = (parts: readonly Uint8Array[]) =>
	parts.reduce((sum, { length }) => sum + length, 0);

describe('dataChannelLinks', () => {
	it.each([
		['itself', native, native],
		['a browser that answers', native, standard],
		['a browser that offers', standard, native],
	])('joins with %s and carries bytes both ways, in order', async (_, offering, answering) => {
		const [one, other] = await join(offering, answering);
		const content = patternedBytes(3 * 1024 * 1024 + 5);
		// Written over for every message, as senders do.
		const buffer = new Uint8Array(100_000);
		for (const [sender, receiver] of [
			[one, other],
			[other, one],
		] as const) {
			for (let start = 0; start < content.length; start += buffer.length) {
				const part = content.subarray(start, start + buffer.length);
				buffer.set(part);
				sender.link.send(buffer.subarray(0, part.length));
			}
			await expect
				.poll(() => totalBytes(receiver.received), { timeout: 15_000 })
				.toBe(content.length);
			expect(Buffer.concat(receiver.received).equals(content)).toBe(true);
		}
		expect(await one.link.route()).toBe('direct');
	});

	it('says when everything that was to be sent is on its way', async () => {
		const [one, other] = await join(native, native);
		for (let count = 0; count < 16; count += 1) one.link.send(new Uint8Array(256 * 1024));
		expect(one.link.bufferedBytes()).toBeGreaterThan(bufferLowBytes);
		await expect.poll(() => one.lows, { timeout: 15_000 }).toBeGreaterThan(0);
		await expect.poll(() => totalBytes(other.received), { timeout: 15_000 }).toBe(4096 * 1024);
		expect(one.link.bufferedBytes()).toBe(0);
	});

	it('tells the end of its candidates', async () => {
		const [one] = await join(native, native);
		await expect.poll(() => one.candidates.at(-1)).toBe('');
		expect(one.candidates[0]).toMatch(/^candidate:/);
	});

	it('outlives the collection of garbage', async () => {
		const [one, other] = await join(native, native);
		globalThis.gc?.();
		await delay(50);
		globalThis.gc?.();
		one.link.send(new Uint8Array([1]));
		await expect.poll(() => other.received).toEqual([new Uint8Array([1])]);
	});

	it('tells the other side of a close, and nobody of its own', async () => {
		const [one, other] = await join(native, native);
		one.link.close();
		one.link.close();
		await expect.poll(() => other.closings).toMatchObject([{ code: 'unavailable' }]);
		expect(one.closings).toEqual([]);
		one.link.send(new Uint8Array([1]));
		expect(one.link.bufferedBytes()).toBe(0);
		expect(await one.link.route()).toBe('unknown');
		await one.link.addCandidate({
			candidate: 'candidate:1 1 UDP 1 192.0.2.1 9 typ host',
			sdpMid: '0',
		});
	});

	it('tells nobody where it is before the answer has been taken', async () => {
		const one: End = createEnd(native, () => other);
		const other: End = createEnd(native, () => one);
		const offer = await one.link.describe();
		expect(offer).toContain('a=fingerprint:');
		expect(offer).not.toContain('candidate');
		await accept(other, offer, 'offer');
		const answer = await other.link.describe();
		await expect.poll(() => other.candidates.at(-1)).toBe('');
		expect(one.candidates).toEqual([]);
		await accept(one, answer, 'answer');
		await expect.poll(() => [one.opened, other.opened], { timeout: 15_000 }).toEqual([1, 1]);
		expect(one.candidates[0]).toMatch(/^candidate:/);
	});

	it.each([
		['this one', native],
		["the browser's", standard],
	])('%s refuses a description that is none', async (_, links) => {
		const end: End = createEnd(links, () => end);
		await expect(end.link.accept('not a description', 'offer')).rejects.toThrow();
	});
});
