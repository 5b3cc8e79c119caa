// Subtitles beside the film and by hand, as tracks.
import { describe, expect, it } from 'vitest';
import { SubtitleTracks } from '../../../../web/lib/state/subtitle-tracks.svelte.ts';

const srt = '1\n00:00:01,000 --> 00:00:02,000\nHello\n';
const bytes = new TextEncoder().encode(srt);

function world() {
	const live = new Set<string>();
	let made = 0;
	const tracks = new SubtitleTracks({
		createObjectURL: () => {
			const url = `blob:${(made += 1)}`;
			live.add(url);
			return url;
		},
		revokeObjectURL: (url) => void live.delete(url),
	});
	return { live, tracks };
}

const sideCar = (index: number, fileName: string, sizeBytes = bytes.length) => ({
	index,
	fileName,
	sizeBytes,
	language: '',
});

describe('side-cars', () => {
	it('become tracks once, whatever else lies beside the film', async () => {
		const { tracks } = world();
		const files = [
			sideCar(1, 'Film.en.srt'),
			sideCar(2, 'Film.nfo'),
			sideCar(3, 'Film.de.srt', 9e9),
		];
		await tracks.takeSideCars(files, async () => bytes);
		await tracks.takeSideCars(files, async () => bytes);
		expect(tracks.list.map((track) => track.label)).toEqual(['English']);
	});

	it('are asked for again when they could not be read', async () => {
		const { tracks } = world();
		await tracks.takeSideCars([sideCar(1, 'Film.srt')], async () => undefined);
		expect(tracks.list).toEqual([]);
		await tracks.takeSideCars([sideCar(1, 'Film.srt')], async () => bytes);
		expect(tracks.list).toHaveLength(1);
	});
});

describe('a chosen file', () => {
	it('is refused when it holds no subtitles', async () => {
		const { tracks } = world();
		expect(await tracks.takeFile(new File([srt], 'film.srt'))).toBe(true);
		expect(await tracks.takeFile(new File([srt], 'film.txt'))).toBe(false);
		expect(await tracks.takeFile(new File(['nothing'], 'film.srt'))).toBe(false);
		expect(tracks.list).toHaveLength(1);
	});
});

describe('leaving', () => {
	it('lets go of every track, also of one that comes late', async () => {
		const { tracks, live } = world();
		await tracks.takeFile(new File([srt], 'film.srt'));
		tracks.close();
		await tracks.takeFile(new File([srt], 'late.srt'));
		expect(live.size).toBe(0);
	});
});
