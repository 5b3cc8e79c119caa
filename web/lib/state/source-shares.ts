// Who sends how much of the film that is watched, in words and as parts of a whole. By what comes now; while
// nothing comes, by what has come. Pure.
import type { SourceShare } from '../../../peer/peer.ts';
import type { ErrorCode } from '../../../proto/errors.ts';
import type { Owner } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { ShareView } from '../view-models.ts';
import { ownerName } from './entry-view.ts';

/** Colours of the plot: further sources look like the last. */
const colourCount = 4;

/** Parts that add up to a hundred, largest first; empty while there is nothing to tell apart. */
export function sharesInPlot(
	shares: readonly SourceShare[],
	owners: readonly Owner[],
): readonly ShareView[] {
	const isMoving = shares.some(({ bytesPerSecond }) => bytesPerSecond > 0);
	const amountOf = (share: SourceShare) => (isMoving ? share.bytesPerSecond : share.totalBytes);
	const wholeAmount = shares.reduce((sum, share) => sum + amountOf(share), 0);
	if (shares.length < 2 || wholeAmount === 0) return [];
	const views = shares.map((share, index) => ({
		key: keyOf(share, index),
		name: nameOf(share, owners),
		colour: Math.min(index, colourCount - 1),
		percent: Math.round((amountOf(share) * 100) / wholeAmount),
	}));
	const largestFirst = views
		.filter(({ percent }) => percent > 0)
		.sort((one, other) => other.percent - one.percent);
	const [largest, ...rest] = largestFirst;
	if (!largest) return [];
	// Rounding may leave a hundred and one.
	const percent = 100 - rest.reduce((sum, view) => sum + view.percent, 0);
	return [{ ...largest, percent }, ...rest];
}

/** "Anna’s laptop 70 % · Ben 30 %". */
export function shareWords(views: readonly ShareView[]): string {
	return views.map(({ name, percent }) => `${name} ${String(percent)}\u00a0%`).join(' · ');
}

/** For those that are asked no more; empty when there are none. */
export function droppedWords(shares: readonly SourceShare[], owners: readonly Owner[]): string {
	const dropped = shares.filter(({ state }) => state === 'dropped');
	const liars = dropped.filter(({ from }) => reasonOf(from) === 'corrupt');
	const names = new Set(liars.map((share) => nameOf(share, owners)));
	const sentences = dropped.flatMap((share) => uselessWords(share, nameOf(share, owners)) ?? []);
	if (names.size > 0) {
		sentences.unshift(`${[...names].join(', ')} sent something else. Nothing of it was played.`);
	}
	return sentences.join(' ');
}

function keyOf({ from }: SourceShare, index: number): string {
	// Two of them may be on one host; their order does not change.
	if (from.kind === 'http-seed') return `${from.kind} ${String(index)}`;
	return ('peerId' in from && from.peerId) || from.kind;
}

/** Of one that is dropped. */
function reasonOf(from: SourceShare['from']): ErrorCode {
	return from.kind === 'http-seed' ? (from.reason ?? 'corrupt') : 'corrupt';
}

/** `undefined` for one that has lied. */
function uselessWords({ from }: SourceShare, name: string): string | undefined {
	const reason = reasonOf(from);
	if (reason === 'corrupt') return undefined;
	const words = uselessReasons[reason] ?? 'cannot be reached from here';
	return `${name} ${words}, so it is not asked any more.`;
}

const uselessReasons: Partial<Record<ErrorCode, string>> = {
	unsupported: 'sends no parts of files',
	'not-found': 'does not have the files',
	'permission-denied': 'refuses the files',
	'timed-out': 'does not answer',
};

function nameOf({ from }: SourceShare, owners: readonly Owner[]): string {
	if (from.kind === 'kept') return 'this device';
	if (from.kind === 'swarm') return 'swarm';
	if (from.kind === 'http-seed') return `HTTP seed ${from.host}`;
	const owner = owners.find(({ peerId }) => peerId === from.peerId);
	return owner || from.kind === 'owner' ? ownerName(owner) : 'Somebody in the swarm';
}
