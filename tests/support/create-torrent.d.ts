// The part of create-torrent the tests use; the package carries no types.
declare module 'create-torrent' {
	/** `input` is a path, or in a browser a file; answers the .torrent file. */
	export default function createTorrent(
		input: unknown,
		options: { pieceLength: number; announceList: readonly never[] },
		onTorrent: (error: Error | null, torrent: Uint8Array) => void,
	): void;
}
