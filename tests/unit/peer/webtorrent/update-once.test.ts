import { expect, test } from 'vitest';
import { updateOnce } from '../../../../peer/webtorrent/update-once.ts';

/** As webtorrent does it: `_update` has the other one called when there is time. */
function createTorrent() {
	const due: (() => void)[] = [];
	const torrent = {
		looks: 0,
		_update() {
			due.push(() => torrent._updateWireWrapper());
		},
		_updateWireWrapper() {
			torrent.looks += 1;
		},
	};
	return { torrent, due, pass: () => due.splice(0).forEach((call) => call()) };
}

test('a torrent looks once for all blocks until it has time, and again for those after', () => {
	const { torrent, due, pass } = createTorrent();
	updateOnce(torrent);
	torrent._update();
	torrent._update();
	torrent._update();
	expect(due).toHaveLength(1);
	pass();
	expect(torrent.looks).toBe(1);
	torrent._update();
	pass();
	expect(torrent.looks).toBe(2);
});

test('what looks at once, as in Node, may ask for the next look meanwhile', () => {
	const { torrent } = createTorrent();
	torrent._update = () => torrent._updateWireWrapper();
	torrent._updateWireWrapper = () => {
		torrent.looks += 1;
		if (torrent.looks < 3) torrent._update();
	};
	updateOnce(torrent);
	torrent._update();
	expect(torrent.looks).toBe(3);
});
