// Who sends how much of the film that is watched, in words and as parts of a whole. By what comes now; while
// nothing comes, by what has come. Pure.
import type { SourceShare } from '../../../peer/peer.ts';
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
		key: ('peerId' in share.from && share.from.peerId) || share.from.kind,
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

/** For an owner that was found out; empty when there is none. */
export function droppedWords(shares: readonly SourceShare[], owners: readonly Owner[]): string {
	const names = shares
		.filter(({ state }) => state === 'dropped')
		.map((share) => nameOf(share, owners));
	if (names.length === 0) return '';
	return `${[...new Set(names)].join(', ')} sent something else. Nothing of it was played.`;
}

function nameOf({ from }: SourceShare, owners: readonly Owner[]): string {
	if (from.kind === 'kept') return 'this device';
	if (from.kind === 'swarm') return 'swarm';
	const owner = owners.find(({ peerId }) => peerId === from.peerId);
	return owner || from.kind === 'owner' ? ownerName(owner) : 'Somebody in the swarm';
}
