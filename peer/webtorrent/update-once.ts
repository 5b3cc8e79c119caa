// webtorrent looks for what to ask the members for after every block, as soon as the page is idle: in a fast swarm a
// thousand times a second, for nothing after the first. Rule: it looks once for all that has come until then.
import type { Torrent } from './webtorrent.ts';

export function updateOnce(torrent: Pick<Torrent, '_update' | '_updateWireWrapper'>): void {
	const lookWhenIdle = torrent._update.bind(torrent);
	const look = torrent._updateWireWrapper.bind(torrent);
	let isDue = false;
	torrent._update = () => {
		if (isDue) return;
		isDue = true;
		lookWhenIdle();
	};
	torrent._updateWireWrapper = () => {
		isDue = false;
		look();
	};
}
