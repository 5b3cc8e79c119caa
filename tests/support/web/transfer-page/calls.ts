// What tests can ask a transfer page, as `globalThis.transferPage`.

export interface Throughput {
	readonly bytes: number;
	readonly elapsedMs: number;
}

export interface TransferPage {
	readonly peerId: string;
	receiveSignal(fromPeerId: string, bytes: readonly number[]): void;
	/** Reads the whole file of another page and keeps nothing of it. */
	download(ownerPeerId: string): Promise<Throughput>;
	/** A stream of another page's file; waits for the service worker. */
	streamUrl(ownerPeerId: string, name: string): Promise<string>;
	releaseStream(url: string): void;
	uploadedBytes(): number;
	/** Plays a URL in the page's video; resolves when it runs. */
	play(url: string): Promise<void>;
	/** Resolves with what is shown when the video has arrived there. */
	seek(timeSeconds: number): Promise<{ timeSeconds: number; widthPx: number; hasFailed: boolean }>;
	readonly raw: RawChannel;
	readonly swarm: SwarmMember;
}

export interface Fetched {
	/** Since the swarm was joined; of a piece that was verified. */
	readonly firstByteMs: number;
	readonly elapsedMs: number;
	readonly sha256: string;
}

/** The page in a swarm, over links of our own. */
export interface SwarmMember {
	/** Seeds the picked file; resolves with its info hash. */
	seed(): Promise<string>;
	/** Resolves with the code of the error that ended it. */
	seedingEnded(): Promise<string>;
	/** Fetches a file from one member, metadata first. */
	fetch(infoHash: string, memberId: string): Promise<Fetched>;
}

/** An RTCDataChannel without anything of ours on it: the yardstick. */
export interface RawChannel {
	/** A complete offer, with its candidates. */
	offer(): Promise<string>;
	answer(offerSdp: string): Promise<string>;
	accept(answerSdp: string): Promise<void>;
	/** Sends as fast as the channel takes it. */
	send(totalBytes: number, messageBytes: number): Promise<void>;
	/** Resolves when that much has arrived. */
	receive(totalBytes: number): Promise<Throughput>;
	close(): void;
}
