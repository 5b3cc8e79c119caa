// The browser's own downloads as a way to save: they read the address of a stream, at their pace and at their disk's.
import type { Downloads } from '../../../peer/saves/save-ports.ts';
import type { AppStreams } from './app-streams.ts';

export function streamDownloads(streams: AppStreams): Downloads {
	return {
		async begin(source, fileName) {
			const url = await streams.urlFor(source, fileName);
			streams.save(url);
			return () => streams.release(url);
		},
	};
}
