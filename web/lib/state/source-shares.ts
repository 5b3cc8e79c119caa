// Who sends how much of the film that is watched, in words and as parts of a whole, and who is asked no more. By what
// comes now; while nothing comes, by what has come. Pure.
import type { SourceShare } from '../../../peer/peer.ts';
import type { ErrorCode } from '../../../proto/errors.ts';
import type { Owner } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { ShareView, SourcesView } from '../view-models.ts';
import { ownerName } from './entry-view.ts';

/** Colours of the plot: further sources look like the last. */
const colourCount = 4;

/** `owners` have the names; `undefined` while there is nothing to say. */
export function sourcesView(
	sources: readonly SourceShare[],
	owners: readonly Owner[],
): SourcesView | undefined {
	const shares = sharesInPlot(sources, owners);
	const warning = warningOf(sources, owners);
	if (shares.length === 0 && warning === '') return undefined;
	const words = shares.map(({ name, percent }) => `${name} ${String(percent)}\u00a0%`).join(' · ');
	return { shares, words, warning };
}

/** Parts that add up to a hundred. */
function sharesInPlot(
	sources: readonly SourceShare[],
	owners: readonly Owner[],
): readonly ShareView[] {
	const isMoving = sources.some(({ bytesPerSecond }) => bytesPerSecond > 0);
	const amountOf = (source: SourceShare) => (isMoving ? source.bytesPerSecond : source.totalBytes);
	const wholeAmount = sources.reduce((sum, source) => sum + amountOf(source), 0);
	if (sources.length < 2 || wholeAmount === 0) return [];
	const views = sources.map((source, index) => ({
		key: keyOf(source, index),
		name: nameOf(source, owners),
		colour: Math.min(index, colourCount - 1),
		percent: Math.round((amountOf(source) * 100) / wholeAmount),
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

function keyOf({ from }: SourceShare, index: number): string {
	// Two of them may be on one host; their order does not change.
	if (from.kind === 'http-seed') return `${from.kind} ${String(index)}`;
	return ('peerId' in from && from.peerId) || from.kind;
}

function warningOf(sources: readonly SourceShare[], owners: readonly Owner[]): string {
	const dropped = sources.filter(({ state }) => state === 'dropped');
	const isLiar = ({ from }: SourceShare) => reasonOf(from) === 'corrupt';
	const liars = new Set(dropped.filter(isLiar).map((source) => nameOf(source, owners)));
	const useless = dropped
		.filter((source) => !isLiar(source))
		.map((source) => {
			const words = uselessReasons[reasonOf(source.from)] ?? 'cannot be reached from here';
			return `${nameOf(source, owners)} ${words}, so it is not asked any more.`;
		});
	if (liars.size === 0) return useless.join(' ');
	const lies = `${[...liars].join(', ')} sent something else. Nothing of it was played.`;
	return [lies, ...useless].join(' ');
}

/** Why a source is dropped; peers, for what they sent alone. */
function reasonOf(from: SourceShare['from']): ErrorCode {
	return from.kind === 'http-seed' ? (from.reason ?? 'corrupt') : 'corrupt';
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
