// What components are given: plain values, ready to show. State builds them, components draw them, and
// neither imports the other. Knows no rule and no format.

/** Colour of a state; the words beside it say the same. */
export type Dot = 'direct' | 'relayed' | 'waiting' | 'danger';

export interface StatusView {
	readonly dot: Dot;
	readonly words: string;
}

/** Something that has to be said, with at most one thing to do about it. */
export interface NoticeView<Action extends string> {
	readonly title: string;
	readonly text: string;
	readonly action?: { readonly label: string; readonly kind: Action };
}

/** A film on a card. */
export interface FilmView {
	readonly key: string;
	readonly href: string;
	readonly title: string;
	readonly status: StatusView;
	/** Year or episode, resolution. */
	readonly details: readonly string[];
	/** "1:52:10"; absent when unknown. */
	readonly duration?: string;
	readonly posterUrl?: string;
	/** For posters that only this device has; an object URL of the caller's. */
	readonly loadPoster?: () => Promise<string | undefined>;
	/** How saving it stands; absent when it cannot be saved. */
	readonly saving?: 'possible' | 'begun' | 'done';
}

export type SharingView = 'public' | 'link-only' | 'private';

/** A folder in the library's column. */
export interface FolderView {
	readonly folderId: string;
	readonly name: string;
	readonly sharing: SharingView;
	/** "1,204 films · 2.1 TB". */
	readonly summary: string;
	readonly state:
		| { readonly kind: 'ready' }
		| { readonly kind: 'scanning'; readonly words: string }
		| { readonly kind: 'needs-click'; readonly words: string; readonly label: string }
		| { readonly kind: 'failed'; readonly words: string };
}

/** Hashing in the background. */
export interface HashingView {
	readonly done: number;
	readonly total: number;
	/** "518 of 1,204 · 212 MB/s · 38 min left". */
	readonly words: string;
	readonly isPaused: boolean;
}

/** A row of the library. */
export interface ItemView {
	readonly offerId: string;
	readonly folderId: string;
	readonly title: string;
	/** "1:52:10 · 1080p · 1.2 GB". */
	readonly facts: string;
	readonly state: StatusView & { readonly isQuiet: boolean };
	readonly watching: string;
	readonly sharing: SharingView;
	/** Whether the item decides for itself or follows its folder. */
	readonly followsFolder: boolean;
	readonly watchHref: string;
	readonly canPlay: boolean;
	readonly canCopyLink: boolean;
	/** For other programs; there once the film is hashed, and only while everyone may have it. */
	readonly torrent?: TorrentView;
	readonly loadPoster?: () => Promise<string | undefined>;
}

/** What a magnet link says. */
export interface TorrentView {
	/** 40 hexadecimal digits. */
	readonly infoHash: string;
	readonly name: string;
}

/** A file of somebody else's torrent. Names are a stranger's. */
export interface TorrentFileView {
	readonly index: number;
	readonly name: string;
	/** "Season 1/Extras"; empty at the top. */
	readonly folder: string;
	readonly size: string;
	readonly canPlay: boolean;
	readonly isPlaying: boolean;
	/** Once it was begun. */
	readonly save?: SaveView;
}

/** A file on its way to the disk. Its name may be a stranger's. */
export type SaveView = {
	readonly saveId: string;
	readonly name: string;
	/** "1.2 GB of 4.1 GB · 12 MB/s · 3 min left". */
	readonly words: string;
	/** Bytes, where they are known. */
	readonly progress?: { readonly done: number; readonly total: number };
} & (
	| { readonly kind: 'running' | 'elsewhere' | 'saved' }
	| { readonly kind: 'interrupted'; readonly resumeLabel: string }
);

/** One choice of a menu. */
export interface ChoiceView<Value extends string> {
	readonly value: Value;
	readonly label: string;
	readonly hint?: string;
}

/** One who sends the film. */
export interface ShareView {
	readonly key: string;
	readonly name: string;
	/** Of what comes; all of them add up to a hundred. */
	readonly percent: number;
	/** Which of the plot's colours, from 0. */
	readonly colour: number;
}

/** Everybody who sends the film, and who has done so badly. */
export interface SourcesView {
	/** Largest first; empty while there is nothing to tell apart. */
	readonly shares: readonly ShareView[];
	/** The shares in words: "Anna’s laptop 70 % · Ben 30 %". */
	readonly words: string;
	/** Of those who are asked no more; empty when there are none. */
	readonly warning: string;
}

/** One value of a table. */
export interface CellView {
	readonly text: string;
	/** More of it, for whoever points at it. */
	readonly title?: string;
	readonly dot?: Dot;
}

/** One line of a table; as many cells as there are columns. */
export interface RowView {
	readonly key: string;
	readonly cells: readonly CellView[];
}

/** A small plot of one number over time. */
export interface PlotView {
	readonly key: string;
	readonly title: string;
	readonly now: string;
	readonly most: string;
	/** What the line shows, in a sentence. */
	readonly summary: string;
	/** Oldest first, at equal distances, never below zero. */
	readonly values: readonly number[];
}
