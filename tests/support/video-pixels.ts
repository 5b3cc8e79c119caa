// What a player really shows: pixels of the picture, not the state the player claims to be in. The test
// films are ffmpeg's colour bars with something moving in them.
import { expect, type Page } from '@playwright/test';

/** A picture of the player, small. */
export interface VideoPicture {
	readonly positionSeconds: number;
	/** RGBA, row by row. */
	readonly pixels: readonly number[];
	/** Share of pixels with a strong colour, 0 to 1. */
	readonly colourfulShare: number;
}

/** The picture on the screen now; `undefined` while there is none. */
async function pictureOf(page: Page): Promise<VideoPicture | undefined> {
	const picture = await page.evaluate(() => {
		const video = document.querySelector('video');
		if (!video || video.videoWidth === 0 || video.readyState < 2) return undefined;
		const [width, height] = [64, 36];
		const canvas = new OffscreenCanvas(width, height);
		const context = canvas.getContext('2d', { willReadFrequently: true });
		context?.drawImage(video, 0, 0, width, height);
		const pixels = [...(context?.getImageData(0, 0, width, height).data ?? [])];
		return { positionSeconds: video.currentTime, pixels };
	});
	return picture && { ...picture, colourfulShare: colourfulShare(picture.pixels) };
}

/** Passes when the film runs: its colours are there, and the picture is another one after a second of film. */
export async function expectPlaying(page: Page, timeoutMs = 15_000): Promise<void> {
	let first: VideoPicture | undefined;
	const progress = async () => {
		const picture = await pictureOf(page);
		if (picture === undefined || picture.colourfulShare < 0.3) return 'no picture';
		// A film that ended or was sought backwards starts a new comparison.
		if (first === undefined || picture.positionSeconds < first.positionSeconds) first = picture;
		if (picture.positionSeconds - first.positionSeconds < 0.8) return 'standing still';
		return difference(picture.pixels, first.pixels) > 0 ? 'playing' : 'frozen';
	};
	await expect.poll(progress, { timeout: timeoutMs, intervals: [100] }).toBe('playing');
}

/** Jumps to a place the player does not hold yet; fails when it does. */
export async function seekTo(page: Page, seconds: number): Promise<void> {
	const wasBuffered = await page.evaluate((target) => {
		const video = document.querySelector('video');
		if (!video) throw new Error('there is no player');
		const { buffered } = video;
		const holds = (at: number) => buffered.start(at) <= target && target < buffered.end(at);
		const isHeld = Array.from({ length: buffered.length }, (_, at) => at).some(holds);
		video.currentTime = target;
		return isHeld;
	}, seconds);
	expect(wasBuffered, `${seconds} s was in the player's memory already`).toBe(false);
}

/** Where the player is, in seconds. */
export const positionOf = (page: Page) =>
	page.evaluate(() => document.querySelector('video')?.currentTime ?? -1);

function colourfulShare(pixels: readonly number[]): number {
	let colourful = 0;
	for (let at = 0; at < pixels.length; at += 4) {
		const channels = pixels.slice(at, at + 3);
		if (Math.max(...channels) - Math.min(...channels) > 80) colourful += 1;
	}
	return (colourful * 4) / Math.max(4, pixels.length);
}

/** Mean difference of a channel, 0 to 255. */
function difference(one: readonly number[], other: readonly number[]): number {
	return one.reduce((sum, value, at) => sum + Math.abs(value - (other[at] ?? 0)), 0) / one.length;
}
