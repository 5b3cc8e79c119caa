// Whether this is somebody's first look: nothing of their own, nothing of others. Decides between the first
// screen and the catalog.
import type { App } from './app.ts';

export function isFirstVisit({ peerState, catalogState }: App): boolean {
	return (
		peerState.isStarted &&
		peerState.snapshot.folders.length === 0 &&
		catalogState.stage.kind !== 'loading' &&
		catalogState.entries.length === 0 &&
		catalogState.awayCount === 0 &&
		catalogState.query.words === ''
	);
}
