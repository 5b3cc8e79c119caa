// The store the peer's own tests run on keeps the contract too, so that what they prove holds for the real ones.
import { createMemoryLibraryStore } from '../support/peer/memory-library-store.ts';
import { describeLibraryStore } from './library-store.ts';

describeLibraryStore('memory-library-store', async () => {
	const store = createMemoryLibraryStore();
	return { open: () => store, dispose: async () => undefined };
});
