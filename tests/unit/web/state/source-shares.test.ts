import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceShare } from '../../../../peer/peer.ts';
import { OwnerSchema } from '../../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { ErrorCode } from '../../../../proto/errors.ts';
import type { PeerId } from '../../../../proto/ids.ts';
import { droppedWords, sharesInPlot, shareWords } from '../../../../web/lib/state/source-shares.ts';

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

describe('sharesInPlot', () => {
	it('tells who sends now, largest first', () => {
		const views = sharesInPlot([share('anna', 30, 900), share('ben', 70, 100)], owners);
		expect(shareWords(views)).toBe('Ben 70\u00a0% · Anna’s laptop 30\u00a0%');
	});

	it('tells who has sent while nothing comes', () => {
		const views = sharesInPlot([share('anna', 0, 900), share('ben', 0, 100)], owners);
		expect(shareWords(views)).toBe('Anna’s laptop 90\u00a0% · Ben 10\u00a0%');
	});

	it('keeps an owner’s colour whatever the order', () => {
		const colours = (one: number, other: number) =>
			Object.fromEntries(
				sharesInPlot([share('anna', one, 0), share('ben', other, 0)], owners).map((view) => [
					view.name,
					view.colour,
				]),
			);
		expect(colours(1, 2)).toEqual(colours(2, 1));
	});

	it('has nothing to tell of one source, or of none that sent', () => {
		expect(sharesInPlot([share('anna', 5, 5)], owners)).toEqual([]);
		expect(sharesInPlot([share('anna', 0, 0), share('ben', 0, 0)], owners)).toEqual([]);
	});

	it('always adds up to a hundred', () => {
		const amount = fc.nat(1_000_000);
		fc.assert(
			fc.property(fc.array(amount, { minLength: 2, maxLength: 8 }), (amounts) => {
				const views = sharesInPlot(
					amounts.map((bytes, index) => share(String(index), bytes, bytes)),
					owners,
				);
				if (amounts.every((bytes) => bytes === 0)) expect(views).toEqual([]);
				else expect(views.reduce((sum, { percent }) => sum + percent, 0)).toBe(100);
			}),
		);
	});
});

it('names whoever was found out', () => {
	const shares = [share('anna', 5, 5), share('ben', 0, 5, 'dropped')];
	expect(droppedWords(shares, owners)).toBe('Ben sent something else. Nothing of it was played.');
	expect(droppedWords(shares.slice(0, 1), owners)).toBe('');
});

describe('HTTP seeds', () => {
	const seed = (host: string, reason?: ErrorCode): SourceShare => ({
		from: { kind: 'http-seed', host, ...(reason && { reason }) },
		...{ totalBytes: 50, bytesPerSecond: 0, state: reason ? 'dropped' : 'ready' },
	});

	it('are in the plot by their hosts, also two on one host', () => {
		const views = sharesInPlot([seed('a.example'), seed('a.example')], []);
		expect(shareWords(views)).toBe('HTTP seed a.example 50\u00a0% · HTTP seed a.example 50\u00a0%');
		expect(new Set(views.map(({ key }) => key)).size).toBe(2);
	});

	it('say why they are asked no more', () => {
		const shares = [
			...[seed('a.example', 'unsupported'), seed('b.example', 'corrupt')],
			...[seed('c.example', 'unavailable'), seed('d.example')],
		];
		expect(droppedWords(shares, [])).toBe(
			[
				'HTTP seed b.example sent something else. Nothing of it was played.',
				'HTTP seed a.example sends no parts of files, so it is not asked any more.',
				'HTTP seed c.example cannot be reached from here, so it is not asked any more.',
			].join(' '),
		);
	});
});
