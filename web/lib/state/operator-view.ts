// A snapshot of the operator API as the tables and plots of the operator page show it. Pure; knows formats, and
// nothing of where a snapshot comes from.
import type {
	CommandRow,
	OperatorHistory,
	OperatorSnapshot,
	PeerRow,
} from '../../../proto/operator.ts';
import type { CellView, PlotView, RowView } from '../view-models.ts';
import { formatAgo, formatBytes, formatCount, formatSpan } from './format.ts';
import { failureWords, kindWords } from './operator-words.ts';

const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const rate = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** An id shortened in the middle; the whole of it when somebody points at it. */
function idCell(id: string): CellView {
	return { text: id.length > 14 ? `${id.slice(0, 6)}…${id.slice(-4)}` : id, title: id };
}

export function edgeRows({ edges, takenAtMs, edgeId }: OperatorSnapshot): RowView[] {
	const words = { serving: 'Serving', draining: 'Draining', silent: 'Silent' };
	const dots = { serving: 'direct', draining: 'relayed', silent: 'danger' } as const;
	return edges.map((edge) => ({
		key: edge.edgeId,
		cells: [
			{ text: edge.edgeId === edgeId ? `${edge.edgeId} (this one)` : edge.edgeId },
			{ text: words[edge.state], dot: dots[edge.state] },
			{ text: edge.address ?? '–' },
			{ text: formatCount(edge.peers) },
			{ text: edge.maxPeers === undefined ? '–' : formatCount(edge.maxPeers) },
			{ text: edge.startedAtMs === undefined ? '–' : formatSpan(takenAtMs - edge.startedAtMs) },
			{ text: edge.version ?? '–' },
		],
	}));
}

export const edgeColumns = ['Edge', 'State', 'Address', 'Peers', 'Room for', 'Up for', 'Version'];

export const peerColumns = [
	'Name',
	'Id',
	'Edge',
	'Here for',
	'Offers',
	'Last heard',
	'From it',
	'To it',
];

export function peerRows({ peers, takenAtMs }: OperatorSnapshot): RowView[] {
	return peers.map(({ peerId, displayName, edgeId, sessionId, sinceMs, offers, here }) => ({
		key: sessionId,
		cells: [
			{ text: displayName || 'No name' },
			idCell(peerId),
			{ text: edgeId },
			{ text: formatSpan(takenAtMs - sinceMs) },
			{ text: formatCount(offers) },
			{ text: here ? `${formatSpan(takenAtMs - here.heardAtMs)} ago` : '–' },
			{ text: here ? formatBytes(here.bytesIn) : '–' },
			{ text: here ? formatBytes(here.bytesOut) : '–' },
		],
	}));
}

/** How a peer is named where it is asked about: by its name, or the beginning of its id. */
export function peerName({ displayName, peerId }: PeerRow): string {
	return displayName || idCell(peerId).text;
}

export const entryColumns = ['Title', 'Id', 'Size', 'Added', 'Owners here'];

export function entryRows({ catalog, takenAtMs }: OperatorSnapshot): RowView[] {
	return catalog.found.map((entry) => ({
		key: entry.catalogId,
		cells: [
			{ text: entry.title },
			idCell(entry.catalogId),
			{ text: formatBytes(entry.sizeBytes) },
			{ text: formatAgo(entry.addedAtMs, takenAtMs) },
			{
				text: `${formatCount(entry.ownersOnline)} of ${formatCount(entry.owners)}`,
				dot: entry.ownersOnline > 0 ? 'direct' : 'waiting',
			},
		],
	}));
}

export const subscriptionColumns = ['Peer', 'Waits for', 'Ends in'];

export function subscriptionRows({ subscriptions, takenAtMs }: OperatorSnapshot): RowView[] {
	return subscriptions.map(({ subscriptionId, peerId, catalogId, expiresAtMs }) => ({
		key: subscriptionId,
		cells: [idCell(peerId), idCell(catalogId), { text: formatSpan(expiresAtMs - takenAtMs) }],
	}));
}

export const commandColumns = ['Command', 'Peer', 'Sent', 'Result', 'Id'];

export function commandRows({ commands }: OperatorSnapshot): RowView[] {
	return commands.map((command) => ({
		key: command.commandId,
		cells: [
			{ text: command.kind ? kindWords[command.kind] : 'Sent by somebody else' },
			idCell(command.peerId),
			{ text: command.sentAtMs === undefined ? '–' : time.format(command.sentAtMs) },
			outcomeCell(command),
			idCell(command.commandId),
		],
	}));
}

function outcomeCell({ outcome, kind }: CommandRow): CellView {
	switch (outcome.kind) {
		case 'pending':
			return { text: 'Waiting for the peer', dot: 'waiting' };
		case 'failed':
			return {
				text: `Failed: ${failureWords(outcome.code)}`,
				title: outcome.message,
				dot: 'danger',
			};
		case 'done': {
			const { mediaId, pictures } = outcome;
			if (mediaId !== undefined)
				return { text: `Done: ${mediaId.slice(0, 12)}…`, title: mediaId, dot: 'direct' };
			if (pictures !== undefined) return { text: `Done: ${pictureCount(pictures)}`, dot: 'direct' };
			return { text: kind === 'file-delete' ? 'Done: deleted' : 'Done', dot: 'direct' };
		}
	}
}

function pictureCount(pictures: number): string {
	return pictures === 1 ? '1 picture' : `${formatCount(pictures)} pictures`;
}

export const topicColumns = ['Topic', 'Program', 'Published', 'Handled', 'Failed', 'Behind'];

/** Topics with the events that wait in them, summed over the groups of a program. */
export function topicRows({ topics, lags }: OperatorSnapshot): RowView[] {
	return topics.map(({ program, topic, published, handled, failed }) => {
		const behind = lags
			.filter((lag) => lag.program === program && lag.topic === topic)
			.reduce((sum, { events }) => sum + events, 0);
		return {
			key: `${program}/${topic}`,
			cells: [
				{ text: topic },
				{ text: program },
				{ text: formatCount(published) },
				{ text: formatCount(handled) },
				{ text: formatCount(failed), ...(failed > 0 && { dot: 'danger' as const }) },
				{ text: formatCount(behind), ...(behind > 0 && { dot: 'relayed' as const }) },
			],
		};
	});
}

export const programColumns = ['Program', 'Version', 'Up for', 'Memory', 'Processor'];

export function programRows({ programs, takenAtMs }: OperatorSnapshot): RowView[] {
	return programs.map(({ program, version, startedAtMs, memoryBytes, cpuShare }) => ({
		key: program,
		cells: [
			{ text: program },
			{ text: version },
			{ text: formatSpan(takenAtMs - startedAtMs) },
			{ text: formatBytes(memoryBytes) },
			{ text: percent.format(cpuShare) },
		],
	}));
}

/** Peers, lag, memory and processor of the edge that answers, then one plot for each topic. */
export function plots({ history }: OperatorSnapshot): PlotView[] {
	const { peers, lag, memoryBytes, cpuShare, topics } = history;
	const plot = (key: string, title: string, values: readonly number[], format: Format) =>
		toPlot(history, { key, title, values, format });
	return [
		plot('peers', 'Peers', peers, formatCount),
		plot('lag', 'Events that wait', lag, formatCount),
		plot('memory', 'Memory', memoryBytes, formatBytes),
		plot('processor', 'Processor', cpuShare, (value) => percent.format(value)),
		...Object.entries(topics).map(([topic, rates]) =>
			plot(`topic/${topic}`, topic, rates, (value) => `${rate.format(value)}/s`),
		),
	];
}

type Format = (value: number) => string;

function toPlot(
	{ atMs }: OperatorHistory,
	{
		key,
		title,
		values,
		format,
	}: { key: string; title: string; values: readonly number[]; format: Format },
): PlotView {
	const now = values.at(-1) ?? 0;
	const most = Math.max(0, ...values);
	const span = formatSpan((atMs.at(-1) ?? 0) - (atMs[0] ?? 0));
	return {
		key,
		title,
		now: format(now),
		most: format(most),
		summary: `${title}: ${format(now)} now, at most ${format(most)} in the last ${span}.`,
		values,
	};
}
