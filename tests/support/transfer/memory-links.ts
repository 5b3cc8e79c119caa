// Links in memory that behave like data channels: asynchronous, ordered, with a buffer that empties as
// messages arrive. Tests can hold the network, cut it, and see how full the buffers ever were.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { PeerLink, PeerLinkEvents, PeerLinks } from '../../../peer/ports.ts';

export interface MemoryLink extends PeerLink {
	/** Most bytes that ever waited. */
	readonly mostBufferedBytes: number;
	readonly sentMessages: readonly Uint8Array<ArrayBuffer>[];
	readonly isClosed: boolean;
	/** The network fails: both sides learn of it. */
	cut(): void;
}

export interface MemoryNetwork {
	readonly links: PeerLinks;
	/** Every link made, in order. */
	readonly made: MemoryLink[];
	/** While true nothing arrives. */
	isHeld: boolean;
	/** While false no new link opens. */
	hasRoute: boolean;
	/** What links say of the way they take. */
	route: 'direct' | 'relayed' | 'unknown';
}

interface Half {
	readonly id: number;
	readonly events: PeerLinkEvents;
	readonly bufferLowBytes: number;
	readonly queue: Uint8Array<ArrayBuffer>[];
	readonly sent: Uint8Array<ArrayBuffer>[];
	bufferedBytes: number;
	mostBufferedBytes: number;
	other: Half | undefined;
	hasCandidate: boolean;
	isOpen: boolean;
	isClosed: boolean;
	isDelivering: boolean;
}

export function createMemoryNetwork(): MemoryNetwork {
	const halves: Half[] = [];
	const network: MemoryNetwork = {
		links: {
			create({ bufferLowBytes, events }) {
				const half = createHalf(halves.length, bufferLowBytes, events);
				halves.push(half);
				const link = createMemoryLink(network, halves, half);
				network.made.push(link);
				return link;
			},
		},
		made: [],
		isHeld: false,
		hasRoute: true,
		route: 'direct',
	};
	return network;
}

/** Two ends joined without negotiation. */
export function joinLinks(
	network: MemoryNetwork,
	bufferLowBytes: number,
	first: PeerLinkEvents,
	second: PeerLinkEvents,
): [MemoryLink, MemoryLink] {
	const count = network.made.length;
	const one = network.links.create({ iceServers: [], bufferLowBytes, events: first });
	const two = network.links.create({ iceServers: [], bufferLowBytes, events: second });
	void two.accept(sdpOf(count), 'offer');
	void one.accept(sdpOf(count + 1), 'answer');
	void two.addCandidate({ candidate: 'one', sdpMid: '0' });
	void one.addCandidate({ candidate: 'two', sdpMid: '0' });
	return network.made.slice(-2) as [MemoryLink, MemoryLink];
}

function createHalf(id: number, bufferLowBytes: number, events: PeerLinkEvents): Half {
	return {
		...{ id, events, bufferLowBytes, queue: [], sent: [], bufferedBytes: 0, mostBufferedBytes: 0 },
		other: undefined,
		...{ hasCandidate: false, isOpen: false, isClosed: false, isDelivering: false },
	};
}

function createMemoryLink(network: MemoryNetwork, halves: Half[], half: Half): MemoryLink {
	return {
		async describe() {
			queueMicrotask(() => half.events.onCandidate({ candidate: `from ${half.id}`, sdpMid: '0' }));
			return sdpOf(half.id);
		},
		async accept(sdp) {
			const other = halves[Number(/^s=(\d+)$/m.exec(sdp)?.[1])];
			if (other === undefined) throw new GiggityflixError('invalid-argument', 'no such SDP');
			half.other = other;
			openWhenReady(network, half);
		},
		async addCandidate() {
			half.hasCandidate = true;
			openWhenReady(network, half);
		},
		send(bytes) {
			if (half.isClosed || !half.isOpen) return;
			const message = bytes.slice();
			half.queue.push(message);
			half.sent.push(message);
			half.bufferedBytes += bytes.length;
			half.mostBufferedBytes = Math.max(half.mostBufferedBytes, half.bufferedBytes);
			deliver(network, half);
		},
		bufferedBytes: () => half.bufferedBytes,
		route: async () => network.route,
		close() {
			half.isClosed = true;
			const { other } = half;
			setImmediate(() => other && lose(other));
		},
		cut() {
			const { other } = half;
			lose(half);
			if (other !== undefined) lose(other);
		},
		get mostBufferedBytes() {
			return half.mostBufferedBytes;
		},
		get sentMessages() {
			return half.sent;
		},
		get isClosed() {
			return half.isClosed;
		},
	};
}

function openWhenReady(network: MemoryNetwork, half: Half): void {
	const { other } = half;
	if (other?.other !== half || !half.hasCandidate || !other.hasCandidate) return;
	if (!network.hasRoute || half.isOpen || half.isClosed || other.isClosed) return;
	for (const end of [half, other]) {
		end.isOpen = true;
		setImmediate(() => end.isClosed || end.events.onOpen());
	}
}

/** One message a turn, as a network does not deliver while somebody sends. */
function deliver(network: MemoryNetwork, half: Half): void {
	if (half.isDelivering) return;
	half.isDelivering = true;
	setImmediate(() => {
		half.isDelivering = false;
		const message = network.isHeld ? undefined : half.queue.shift();
		if (half.isClosed || half.other?.isClosed === true) return;
		if (message !== undefined) {
			const wasHigh = half.bufferedBytes > half.bufferLowBytes;
			half.bufferedBytes -= message.length;
			half.other?.events.onMessage(message);
			if (wasHigh && half.bufferedBytes <= half.bufferLowBytes) half.events.onBufferLow();
		}
		if (half.queue.length > 0) deliver(network, half);
	});
}

function lose(half: Half): void {
	if (half.isClosed) return;
	half.isClosed = true;
	half.events.onClose(new GiggityflixError('unavailable', 'the link was lost'));
}

/** Enough of an SDP to be signed and found again. */
function sdpOf(id: number): string {
	return `v=0\r\na=fingerprint:sha-256 AB:CD:${id}\ns=${id}\n`;
}
