// The library page: which folder, filter and order are chosen, and what they leave. Verbs go to the peer;
// a removed film can be called back until its message has gone. Contains no rule about media.
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { FolderId, LibraryItem, Sharing } from '../../../peer/library/library-item.ts';
import type { Peer } from '../../../peer/peer.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import type { OfferId } from '../../../proto/ids.ts';
import type { ChoiceView, FolderView, HashingView, ItemView } from '../view-models.ts';
import { formatCount } from './format.ts';
import { viewOfHashing } from './hashing-view.ts';
import { viewOfFolder, viewOfItem, type ItemSurroundings } from './item-view.ts';
import type { PeerState } from './peer-state.svelte.ts';
import { createSteadySort } from './steady-sort.ts';
import type { Toasts } from './toasts.svelte.ts';
import { attemptFailed, type Attempt } from './words.ts';

export type LibraryOrder = 'name' | 'newest' | 'longest' | 'size';

export const libraryOrders: readonly ChoiceView<LibraryOrder>[] = [
	{ value: 'name', label: 'Name' },
	{ value: 'newest', label: 'Recently added' },
	{ value: 'longest', label: 'Longest' },
	{ value: 'size', label: 'Largest' },
];

export interface LibraryStateOptions {
	readonly peer: Peer;
	readonly peerState: PeerState;
	readonly toasts: Toasts;
	readonly isPlayable: ItemSurroundings['isPlayable'];
	readonly loadPoster: ItemSurroundings['loadPoster'];
	readonly now?: () => number;
}

/** As long as the message with "Undo" is shown. */
const undoMs = 14_000;
/** What rushes by while somebody scrolls is not looked at. */
const scrollRestMs = 250;
const byTitle = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

export class LibraryState {
	folderId = $state<FolderId | undefined>(undefined);
	filter = $state('');
	order = $state<LibraryOrder>('name');
	/** Films on their way out: hidden already, removed when nobody has called them back. */
	readonly #leaving = new SvelteMap<OfferId, ReturnType<typeof setTimeout>>();
	readonly #shown = new SvelteSet<OfferId>();
	readonly #sort = createSteadySort<LibraryItem>(({ offerId }) => offerId);
	#tellingShown: ReturnType<typeof setTimeout> | undefined;
	readonly #options: LibraryStateOptions;

	constructor(options: LibraryStateOptions) {
		this.#options = options;
	}

	readonly folders: readonly FolderView[] = $derived.by(() =>
		this.#options.peerState.snapshot.folders.map(viewOfFolder),
	);

	/** Filtered and sorted; rows are made into views only when they come into sight. */
	readonly items: readonly LibraryItem[] = $derived.by(() => {
		const words = this.filter.toLocaleLowerCase().split(/\s+/).filter(Boolean);
		const found = this.#options.peerState.items
			.filter((item) => this.folderId === undefined || item.folderId === this.folderId)
			.filter((item) => !this.#leaving.has(item.offerId))
			.filter((item) => {
				if (words.length === 0) return true;
				const title = item.title.toLocaleLowerCase();
				return words.every((word) => title.includes(word));
			});
		return this.#sort(found, comparisons[this.order]);
	});

	/** What is being looked at in the films, while there is something. */
	get probing():
		{ readonly done: number; readonly total: number; readonly words: string } | undefined {
		const { done, total } = this.#options.peerState.snapshot.probing;
		if (total === 0 || done >= total) return undefined;
		return { done, total, words: `${formatCount(done)} of ${formatCount(total)}` };
	}

	/** Hashing in the background, while there is something to hash. */
	get hashing(): HashingView | undefined {
		return viewOfHashing(this.#options.peerState.snapshot.hashing);
	}

	pauseHashing(isHashingPaused: boolean): Promise<void> {
		return this.#attempt('save-settings', () =>
			this.#options.peer.updateSettings({ isHashingPaused }),
		);
	}

	/** A row has come into sight; it is hashed before those that have not. Call the result when it is gone. */
	show(offerId: OfferId): () => void {
		this.#shown.add(offerId);
		this.#tellShown();
		return () => {
			this.#shown.delete(offerId);
			this.#tellShown();
		};
	}

	viewOf(item: LibraryItem): ItemView {
		const { peerState, isPlayable, loadPoster, now = Date.now } = this.#options;
		const { snapshot } = peerState;
		const folder = snapshot.folders.find(({ folderId }) => folderId === item.folderId);
		return viewOfItem(item, {
			folderSharing: folder?.sharing ?? 'private',
			snapshot,
			nowMs: now(),
			isPlayable,
			loadPoster,
		});
	}

	rescan(folderId?: FolderId): Promise<void> {
		return this.#attempt('rescan', () => this.#options.peer.rescan(folderId));
	}

	cancelScan(folderId: FolderId): void {
		this.#options.peer.cancelScan(folderId);
	}

	shareFolder(folderId: FolderId, sharing: Sharing): Promise<void> {
		return this.#attempt('share', () => this.#options.peer.setFolderSharing(folderId, sharing));
	}

	/** `undefined`: as its folder. */
	shareItem(offerId: OfferId, sharing: Sharing | undefined): Promise<void> {
		return this.#attempt('share', () => this.#options.peer.setItemSharing(offerId, sharing));
	}

	async removeFolder(folderId: FolderId): Promise<void> {
		if (this.folderId === folderId) this.folderId = undefined;
		await this.#attempt('remove', () => this.#options.peer.removeFolder(folderId));
	}

	removeItem(offerId: OfferId, title: string): void {
		const timer = setTimeout(() => void this.#removeNow(offerId), undoMs);
		this.#leaving.set(offerId, timer);
		this.#options.toasts.show(`“${title}” is out of your library. The file stays.`, {
			action: { label: 'Undo', run: () => this.#callBack(offerId) },
		});
	}

	/** Leaving the page ends the time for second thoughts. */
	settle(): void {
		for (const offerId of this.#leaving.keys()) void this.#removeNow(offerId);
	}

	#tellShown(): void {
		clearTimeout(this.#tellingShown);
		const tell = () =>
			void this.#options.peer.preferHashing([...this.#shown]).catch(() => undefined);
		this.#tellingShown = setTimeout(tell, scrollRestMs);
	}

	async #removeNow(offerId: OfferId): Promise<void> {
		if (!this.#leaving.has(offerId)) return;
		clearTimeout(this.#leaving.get(offerId));
		await this.#attempt('remove', () => this.#options.peer.removeItem(offerId));
		this.#callBack(offerId);
	}

	#callBack(offerId: OfferId): void {
		clearTimeout(this.#leaving.get(offerId));
		this.#leaving.delete(offerId);
	}

	async #attempt(what: Attempt, run: () => Promise<void>): Promise<void> {
		try {
			await run();
		} catch (caught) {
			this.#options.toasts.show(attemptFailed(what, GiggityflixError.from(caught).code));
		}
	}
}

const comparisons: Record<LibraryOrder, (one: LibraryItem, other: LibraryItem) => number> = {
	name: (one, other) =>
		byTitle.compare(one.title, other.title) ||
		(one.season ?? 0) - (other.season ?? 0) ||
		(one.episode ?? 0) - (other.episode ?? 0),
	newest: (one, other) => other.addedAtMs - one.addedAtMs || comparisons.name(one, other),
	longest: (one, other) => durationOf(other) - durationOf(one) || comparisons.name(one, other),
	size: (one, other) => other.sizeBytes - one.sizeBytes || comparisons.name(one, other),
};

function durationOf(item: LibraryItem): number {
	return item.probe.kind === 'done' ? (item.probe.facts.durationMs ?? 0) : 0;
}
