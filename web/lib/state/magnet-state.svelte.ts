// One torrent of somebody else's: read within limits, shown before anybody is asked for it, then open until it
// is closed. Outlives its page; files of it that are saved outlive it too.
// Knows nothing of the player and nothing of how a swarm works.
import type { Save } from '../../../peer/saves/saves.ts';
import type { SavedThing } from '../../../peer/saves/save-ports.ts';
import { chooseHttpSeeds, type ChosenHttpSeeds } from '../../../peer/swarm/http-seeds.ts';
import { chooseTrackers, type SwarmTrackers } from '../../../peer/swarm/swarm-trackers.ts';
import type { Swarm, SwarmProgress, Swarms } from '../../../peer/swarm/swarm.ts';
import { writeMagnet, type Magnet } from '../../../peer/torrent/magnet.ts';
import type { Torrent } from '../../../peer/torrent/parse-torrent.ts';
import { fileNameOf } from '../../../peer/torrent/plain-name.ts';
import { torrentLimits } from '../../../peer/torrent/torrent-limits.ts';
import type { TorrentParser } from '../../../peer/torrent/torrent-parser.ts';
import { GiggityflixError, type ErrorCode } from '../../../proto/errors.ts';
import type { SavesState } from './saves-state.svelte.ts';
import type { StreamUrls } from './stream-urls.ts';

export interface MagnetStateOptions {
	readonly parser: TorrentParser;
	readonly swarms: Swarms;
	readonly streams: StreamUrls;
	readonly saves: Pick<SavesState, 'save' | 'find'>;
	/** Our edge's announce tracker, and those it names beside it. */
	readonly trackerUrls: () => readonly string[];
	readonly now: () => number;
	/** Runs something every second until the returned function is called. */
	readonly everySecond: (run: () => void) => () => void;
}

/** What is to be opened. The name is the link's, or the torrent's own. */
export interface Invitation extends Magnet {
	readonly from: 'magnet' | 'file';
	readonly chosenTrackers: SwarmTrackers;
	readonly chosenHttpSeeds: ChosenHttpSeeds;
	/** Known before asking anybody when it came as a file. */
	readonly torrent: Torrent | undefined;
}

export type MagnetStage =
	| { readonly kind: 'empty' }
	| { readonly kind: 'reading' }
	| { readonly kind: 'refused'; readonly from: 'magnet' | 'file'; readonly reason: ErrorCode }
	| { readonly kind: 'asking'; readonly invitation: Invitation }
	| { readonly kind: 'searching'; readonly invitation: Invitation; readonly sinceMs: number }
	| { readonly kind: 'open'; readonly invitation: Invitation; readonly torrent: Torrent }
	| { readonly kind: 'failed'; readonly invitation: Invitation; readonly reason: ErrorCode };

export interface PlayingFile {
	readonly fileIndex: number;
	readonly url: string;
}

export class MagnetState {
	#stage = $state.raw<MagnetStage>({ kind: 'empty' });
	#progress = $state.raw<SwarmProgress>();
	#playing = $state.raw<PlayingFile>();
	#nowMs = $state(0);
	/** The text that was opened last, so that an address is not opened twice. */
	#magnet: string | undefined;
	#swarm: Swarm | undefined;
	#life = new AbortController();
	#stopTicking: () => void = () => undefined;
	readonly #options: MagnetStateOptions;

	constructor(options: MagnetStateOptions) {
		this.#options = options;
	}

	get stage(): MagnetStage {
		return this.#stage;
	}

	/** While searching or open. */
	get progress(): SwarmProgress | undefined {
		return this.#progress;
	}

	get playing(): PlayingFile | undefined {
		return this.#playing;
	}

	/** Changes once a second while searching or open. */
	get nowMs(): number {
		return this.#nowMs;
	}

	/** Reads a magnet; nobody is contacted before `connect`. One that is open already stays as it is. */
	async openMagnet(text: string): Promise<void> {
		if (text === this.#magnet) return;
		const signal = this.#begin(text);
		await this.#read('magnet', signal, async () => {
			const magnet = await this.#options.parser.parseMagnet(text, signal);
			return this.#invite('magnet', magnet, undefined);
		});
	}

	/** Reads a .torrent; nobody is contacted before `connect`. */
	async openTorrentFile(file: Blob): Promise<void> {
		const signal = this.#begin(undefined);
		await this.#read('file', signal, async () => {
			if (file.size > torrentLimits.maxTorrentBytes) {
				throw new GiggityflixError('resource-exhausted', 'longer than any real torrent');
			}
			const bytes = new Uint8Array(await file.arrayBuffer());
			const torrent = await this.#options.parser.parseTorrent(bytes, signal);
			return this.#invite('file', torrent, torrent);
		});
	}

	/** Joins the swarm, after the person has seen what that means; again to ask once more. */
	connect(): void {
		if (!('invitation' in this.#stage)) return;
		const { invitation } = this.#stage;
		this.#leave();
		const signal = this.#life.signal;
		const { infoHash, chosenTrackers, chosenHttpSeeds, torrent } = invitation;
		const swarm = this.#options.swarms.join({
			infoHash,
			trackers: chosenTrackers.asked,
			httpSeeds: chosenHttpSeeds.asked,
			...(torrent && { torrent }),
		});
		this.#swarm = swarm;
		this.#stage = { kind: 'searching', invitation, sinceMs: this.#options.now() };
		this.#tick();
		this.#stopTicking = this.#options.everySecond(() => this.#tick());
		swarm.torrent.then(
			(found) => {
				if (!signal.aborted) this.#stage = { kind: 'open', invitation, torrent: found };
			},
			(caught: unknown) => {
				if (signal.aborted) return;
				this.#leave();
				this.#stage = { kind: 'failed', invitation, reason: GiggityflixError.from(caught).code };
			},
		);
	}

	/** Back to the start; whatever runs ends. */
	close(): void {
		this.#begin(undefined);
		this.#stage = { kind: 'empty' };
	}

	async play(fileIndex: number): Promise<void> {
		if (this.#stage.kind !== 'open' || !this.#swarm) return;
		const file = this.#stage.torrent.files[fileIndex];
		if (!file) return;
		const { signal } = this.#life;
		const source = this.#swarm.openFile(fileIndex);
		const url = await this.#options.streams.urlFor(source, file.name);
		if (signal.aborted) {
			this.#options.streams.release(url);
			return;
		}
		this.stopPlaying();
		this.#playing = { fileIndex, url };
	}

	stopPlaying(): void {
		if (this.#playing) this.#options.streams.release(this.#playing.url);
		this.#playing = undefined;
	}

	/** Goes on when this is closed. Call it from a click. */
	async save(fileIndex: number): Promise<void> {
		const file = this.#stage.kind === 'open' ? this.#stage.torrent.files[fileIndex] : undefined;
		const thing = this.#savedThing(fileIndex);
		if (file && thing) await this.#options.saves.save(thing, fileNameOf(file.name));
	}

	/** How a file is being saved. */
	saveOf(fileIndex: number): Save | undefined {
		const thing = this.#savedThing(fileIndex);
		return thing && this.#options.saves.find(thing);
	}

	/** As other clients open it, with our own tracker in front. */
	magnetToShare(): string | undefined {
		if (!('invitation' in this.#stage)) return undefined;
		const { infoHash, name, chosenTrackers, httpSeeds } = this.#stage.invitation;
		const trackers = [...chosenTrackers.asked, ...chosenTrackers.ignored];
		return writeMagnet({ infoHash, name, trackers, httpSeeds });
	}

	#savedThing(fileIndex: number): SavedThing | undefined {
		const magnet = this.magnetToShare();
		if (magnet === undefined) return undefined;
		const info = this.#stage.kind === 'open' ? this.#stage.torrent.info : undefined;
		return { kind: 'torrent-file', magnet, fileIndex, ...(info && { info }) };
	}

	#invite(
		from: Invitation['from'],
		{ infoHash, name, trackers, httpSeeds }: Magnet,
		torrent: Torrent | undefined,
	): Invitation {
		const ownUrls = this.#options.trackerUrls();
		return {
			...{ from, infoHash, name, trackers, httpSeeds, torrent },
			chosenTrackers: chooseTrackers(trackers, ownUrls),
			chosenHttpSeeds: chooseHttpSeeds(httpSeeds, ownUrls[0]),
		};
	}

	async #read(
		from: Invitation['from'],
		signal: AbortSignal,
		read: () => Promise<Invitation>,
	): Promise<void> {
		this.#stage = { kind: 'reading' };
		try {
			const invitation = await read();
			if (!signal.aborted) this.#stage = { kind: 'asking', invitation };
		} catch (caught) {
			if (signal.aborted) return;
			this.#stage = { kind: 'refused', from, reason: GiggityflixError.from(caught).code };
		}
	}

	/** Ends what was there before. */
	#begin(magnet: string | undefined): AbortSignal {
		this.#leave();
		this.#magnet = magnet;
		return this.#life.signal;
	}

	#leave(): void {
		this.#life.abort(new GiggityflixError('cancelled', 'another torrent was opened'));
		this.#life = new AbortController();
		this.#stopTicking();
		this.#stopTicking = () => undefined;
		this.stopPlaying();
		this.#swarm?.leave();
		this.#swarm = undefined;
		this.#progress = undefined;
	}

	#tick(): void {
		this.#nowMs = this.#options.now();
		this.#progress = this.#swarm?.progress();
	}
}
