// Where the index of a film is, told by its first bytes, so that it can be fetched before a player asks.
// MP4 and QuickTime: the moov box (ISO/IEC 14496-12 §4.2, §8.2.1). Matroska and WebM: the cues, which the seek head
// names (RFC 9559 §5.1.1, §5.1.5). Pure. Believes nothing that does not fit into the file.

/** Enough for the index of a ten-hour film; more is not worth holding in memory. */
const maxIndexBytes = 16 * 1024 * 1024;

export interface IndexRange {
	readonly offsetBytes: number;
	readonly lengthBytes: number;
}

/**
 * The bytes a player needs before it can start, besides the head itself; `undefined` when the head does not tell. `head`
 * is what is known of the start of the file, some hundred bytes at least.
 */
export function findIndex(head: Uint8Array, sizeBytes: number): IndexRange | undefined {
	if (head.length < 16) return undefined;
	const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
	const range =
		view.getUint32(0) === ebmlHeaderId ? findCues(view, sizeBytes) : findMoov(view, sizeBytes);
	if (range === undefined || range.offsetBytes >= sizeBytes) return undefined;
	const lengthBytes = Math.min(range.lengthBytes, sizeBytes - range.offsetBytes, maxIndexBytes);
	return { offsetBytes: range.offsetBytes, lengthBytes };
}

// ---------------------------------------------------------------- MP4

const firstBoxes: ReadonlySet<string> = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide']);

/** Follows the boxes of the file's top level until one begins beyond the head: media first means index last. */
function findMoov(head: DataView, sizeBytes: number): IndexRange | undefined {
	let offsetBytes = 0;
	while (offsetBytes + 16 <= head.byteLength) {
		const type = typeAt(head, offsetBytes + 4);
		if (offsetBytes === 0 && !firstBoxes.has(type)) return undefined;
		const lengthBytes = boxLength(head, offsetBytes, sizeBytes);
		if (lengthBytes < 8) return undefined;
		if (type === 'moov') return { offsetBytes, lengthBytes };
		offsetBytes += lengthBytes;
	}
	return { offsetBytes, lengthBytes: sizeBytes - offsetBytes };
}

/** 1 announces a length of 64 bits behind the type, 0 a box that goes on to the end. */
function boxLength(head: DataView, offsetBytes: number, sizeBytes: number): number {
	const length = head.getUint32(offsetBytes);
	if (length === 1) return Number(head.getBigUint64(offsetBytes + 8));
	return length === 0 ? sizeBytes - offsetBytes : length;
}

function typeAt(head: DataView, offsetBytes: number): string {
	return String.fromCharCode(...[0, 1, 2, 3].map((index) => head.getUint8(offsetBytes + index)));
}

// ---------------------------------------------------------------- Matroska

const ebmlHeaderId = 0x1a45dfa3;
const segmentId = 0x18538067;
const seekHeadId = 0x114d9b74;
const seekId = 0x4dbb;
const seekIdId = 0x53ab;
const seekPositionId = 0x53ac;
const cuesId = 0x1c53bb6b;

interface Element {
	readonly id: number;
	readonly dataBytes: number;
	readonly endBytes: number;
}

/** The cues lie where the seek head says; what follows them is at most tags, and is taken along. */
function findCues(head: DataView, sizeBytes: number): IndexRange | undefined {
	const segment = childrenOf(head, 0, sizeBytes).find(({ id }) => id === segmentId);
	if (segment === undefined) return undefined;
	const seekHead = childrenOf(head, segment.dataBytes, sizeBytes).find(
		({ id }) => id === seekHeadId,
	);
	if (seekHead === undefined) return undefined;
	for (const seek of childrenOf(head, seekHead.dataBytes, seekHead.endBytes)) {
		if (seek.id !== seekId) continue;
		const parts = childrenOf(head, seek.dataBytes, seek.endBytes);
		const [target, position] = [seekIdId, seekPositionId].map((id) =>
			numberOf(
				head,
				parts.find((part) => part.id === id),
			),
		);
		if (target !== cuesId || position === undefined) continue;
		const offsetBytes = segment.dataBytes + position;
		return { offsetBytes, lengthBytes: sizeBytes - offsetBytes };
	}
	return undefined;
}

/** The elements that begin between two places and within the head. */
function childrenOf(head: DataView, fromBytes: number, toBytes: number): Element[] {
	const children: Element[] = [];
	let offsetBytes = fromBytes;
	while (offsetBytes < Math.min(toBytes, head.byteLength)) {
		const id = readVint(head, offsetBytes, 'with marker');
		const size = id && readVint(head, offsetBytes + id.lengthBytes, 'without marker');
		if (!size) break;
		const dataBytes = offsetBytes + id.lengthBytes + size.lengthBytes;
		// All ones: a live recording that does not know its length.
		const isUnknown = size.value === 2 ** (7 * size.lengthBytes) - 1;
		const endBytes = isUnknown ? toBytes : dataBytes + size.value;
		children.push({ id: id.value, dataBytes, endBytes });
		offsetBytes = endBytes;
	}
	return children;
}

/** An unsigned number of at most six bytes, which no position in a file exceeds. */
function numberOf(head: DataView, element: Element | undefined): number | undefined {
	if (element === undefined || element.endBytes > head.byteLength) return undefined;
	if (element.endBytes - element.dataBytes > 6) return undefined;
	let value = 0;
	for (let at = element.dataBytes; at < element.endBytes; at += 1) {
		value = value * 256 + head.getUint8(at);
	}
	return value;
}

/** A number whose leading zero bits tell its length (RFC 8794 §4); ids keep the marker bit, sizes do not. */
function readVint(
	head: DataView,
	offsetBytes: number,
	form: 'with marker' | 'without marker',
): { value: number; lengthBytes: number } | undefined {
	if (offsetBytes >= head.byteLength) return undefined;
	const first = head.getUint8(offsetBytes);
	const lengthBytes = Math.clz32(first) - 23;
	if (lengthBytes > 8 || offsetBytes + lengthBytes > head.byteLength) return undefined;
	let value = form === 'with marker' ? first : first & (0xff >> lengthBytes);
	for (let index = 1; index < lengthBytes; index += 1) {
		value = value * 256 + head.getUint8(offsetBytes + index);
	}
	return { value, lengthBytes };
}
