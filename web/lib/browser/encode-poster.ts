// Turns a drawn picture into a WebP of bounded size: quality goes down first, then the picture gets
// smaller. Shared by all frame grabbers. Runs in any thread that has OffscreenCanvas.
import { GiggityflixError } from '../../../proto/errors.ts';

/** Draws the picture over the whole of a canvas of that size. */
export type DrawPicture = (
	context: OffscreenCanvasRenderingContext2D,
	widthPx: number,
	heightPx: number,
) => void;

/** Below 0.3 blocks show even in a poster; a smaller picture looks better than that. */
const qualities = [0.8, 0.6, 0.45, 0.3];
const shrinkFactor = 0.7;
const smallestWidthPx = 64;

/**
 * Throws `unsupported` where the browser writes no WebP (Safari) and `resource-exhausted` when the picture does not
 * fit even at its smallest.
 */
export async function encodePoster(options: {
	readonly draw: DrawPicture;
	/** Of the picture as it is, before it is fitted into `maxWidthPx`. */
	readonly widthPx: number;
	readonly heightPx: number;
	readonly maxWidthPx: number;
	readonly maxBytes: number;
}): Promise<Uint8Array<ArrayBuffer>> {
	const { draw, widthPx, heightPx, maxWidthPx, maxBytes } = options;
	let width = Math.min(widthPx, maxWidthPx);
	do {
		const canvas = drawn(
			draw,
			Math.round(width),
			Math.max(1, Math.round((width * heightPx) / widthPx)),
		);
		for (const quality of qualities) {
			const image = await canvas.convertToBlob({ type: 'image/webp', quality });
			if (image.type !== 'image/webp') {
				throw new GiggityflixError('unsupported', 'this browser writes no WebP');
			}
			if (image.size <= maxBytes) return new Uint8Array(await image.arrayBuffer());
		}
		width *= shrinkFactor;
	} while (width >= smallestWidthPx);
	throw new GiggityflixError('resource-exhausted', `no picture fits into ${maxBytes} bytes`);
}

function drawn(draw: DrawPicture, widthPx: number, heightPx: number): OffscreenCanvas {
	const canvas = new OffscreenCanvas(widthPx, heightPx);
	const context = canvas.getContext('2d', { alpha: false });
	if (context === null) throw new GiggityflixError('unsupported', 'this browser has no 2D canvas');
	draw(context, widthPx, heightPx);
	return canvas;
}
