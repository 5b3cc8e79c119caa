import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceShare } from '../../../../peer/peer.ts';
import { OwnerSchema } from '../../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { ErrorCode } from '../../../../proto/errors.ts';
import type { PeerId } from '../../../../proto/ids.ts';
import { sourcesView } from '../../../../web/lib/state/source-shares.ts';

const owners = [
	create(OwnerSchema, { peerId: 'anna', displayName: 'Anna’s laptop' }),
	create(OwnerSchema, { peerId: 'ben', displayName: 'Ben' }),
];
const share = (
	peerId: string,
	bytesPerSecond: number,
	totalBytes: number,
	state: SourceShare['state'] = 'ready',
): SourceShare => ({
	from: { kind: 'owner', peerId: peerId as PeerId },
	...{ bytesPerSecond, totalBytes, state },
});

const wordsOf = (sources: readonly SourceShare[]) => sourcesView(sources, owners)?.words;
const warningOf = (sources: readonly SourceShare[]) => sourcesView(sources, owners)?.warning;

describe('the shares', () => {
	it('tell who sends now, largest first', () => {
		expect(wordsOf([share('anna', 30, 900), share('ben', 70, 100)])).toBe(
			'Ben 70\u00a0% · Anna’s laptop 30\u00a0%',
		);
	});

	it('tell who has sent while nothing comes', () => {
		expect(wordsOf([share('anna', 0, 900), share('ben', 0, 100)])).toBe(
			'Anna’s laptop 90\u00a0% · Ben 10\u00a0%',
		);
	});

	it('keep an owner’s colour whatever the order', () => {
		const colours = (one: number, other: number) => {
			const view = sourcesView([share('anna', one, 0), share('ben', other, 0)], owners);
			return Object.fromEntries(view?.shares.map(({ name, colour }) => [name, colour]) ?? []);
		};
		expect(Object.keys(colours(1, 2))).toHaveLength(2);
		expect(colours(1, 2)).toEqual(colours(2, 1));
	});

	it('have nothing to tell of one source, or of none that sent', () => {
		expect(sourcesView([share('anna', 5, 5)], owners)).toBeUndefined();
		expect(sourcesView([share('anna', 0, 0), share('ben', 0, 0)], owners)).toBeUndefined();
	});

	it('always add up to a hundred', () => {
		const amount = fc.nat(1_000_000);
		fc.assert(
			fc.property(fc.array(amount, { minLength: 2, maxLength: 8 }), (amounts) => {
				const view = sourcesView(
					amounts.map((bytes, index) => share(String(index), bytes, bytes)),
					owners,
				);
				if (amounts.every((bytes) => bytes === 0)) expect(view).toBeUndefined();
				else expect(view?.shares.reduce((sum, { percent }) => sum + percent, 0)).toBe(100);
			}),
		);
	});
});

describe('the warning', () => {
	it('names whoever was found out, each once', () => {
		const shares = [share('anna', 5, 5), share('ben', 0, 5, 'dropped')];
		const words = 'Ben sent something else. Nothing of it was played.';
		expect(warningOf(shares)).toBe(words);
		expect(warningOf([...shares, share('ben', 0, 1, 'dropped')])).toBe(words);
	});

	it('is there without shares, and they without it', () => {
		expect(sourcesView([share('ben', 0, 0, 'dropped')], owners)).toMatchObject({
			...{ shares: [], words: '' },
		});
		expect(warningOf([share('anna', 1, 1), share('ben', 1, 1)])).toBe('');
	});
});

describe('HTTP seeds', () => {
	const seed = (host: string, reason?: ErrorCode): SourceShare => ({
		from: { kind: 'http-seed', host, ...(reason && { reason }) },
		...{ totalBytes: 50, bytesPerSecond: 0, state: reason ? 'dropped' : 'ready' },
	});

	it('are in the plot by their hosts, also two on one host', () => {
		const view = sourcesView([seed('a.example'), seed('a.example')], []);
		expect(view?.words).toBe('HTTP seed a.example 50\u00a0% · HTTP seed a.example 50\u00a0%');
		expect(new Set(view?.shares.map(({ key }) => key)).size).toBe(2);
	});

	it.each<[ErrorCode, string]>([
		['unsupported', 'sends no parts of files'],
		['not-found', 'does not have the files'],
		['permission-denied', 'refuses the files'],
		['timed-out', 'does not answer'],
		['unavailable', 'cannot be reached from here'],
	])('say why they are asked no more: %s', (reason, words) => {
		expect(warningOf([seed('a.example', reason), seed('b.example')])).toBe(
			`HTTP seed a.example ${words}, so it is not asked any more.`,
		);
	});

	it('are named for lies before others are for failures', () => {
		const shares = [seed('a.example', 'unsupported'), seed('b.example', 'corrupt')];
		expect(warningOf(shares)).toBe(
			[
				'HTTP seed b.example sent something else. Nothing of it was played.',
				'HTTP seed a.example sends no parts of files, so it is not asked any more.',
			].join(' '),
		);
	});
});
