// The part of create-torrent the tests use; the package carries no types.
declare module 'create-torrent' {
	/** `input` is a path, or a named Buffer; answers the .torrent file. */
	export default function createTorrent(
		input: string,
		options: { pieceLength: number; announceList: readonly never[] },
		onTorrent: (error: Error | null, torrent: Uint8Array) => void,
	): void;
}
