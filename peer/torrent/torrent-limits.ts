// How much of a stranger's torrent is looked at. Everything beyond is refused before memory is taken for it.

export const torrentLimits = {
	/** A .torrent, or its metadata from a swarm. */
	maxTorrentBytes: 2 * 1024 * 1024,
	/** A magnet link; longer ones do not fit in address bars anyway. */
	maxMagnetCharacters: 16 * 1024,
	/** Lists and dictionaries inside each other. Real torrents have five. */
	maxDepth: 32,
	/** Values of any kind; 5,000 files of 32 folders each stay below. */
	maxValues: 200_000,
	maxFiles: 5000,
	/** Folders of a path, with the file. */
	maxPathParts: 32,
	/** A longer name is cut, not refused. */
	maxNameCharacters: 255,
	maxTrackers: 20,
	/** Of a tracker or an HTTP seed. */
	maxAddressCharacters: 512,
	/** Real torrents name one to five. */
	maxHttpSeeds: 20,
	/** Below, a film has too many pieces; above, a player waits too long for one. */
	minPieceBytes: 16 * 1024,
	maxPieceBytes: 16 * 1024 * 1024,
	/** Each costs the page memory and time in one go when a swarm is joined. Torrents of 50 GB have a third of it. */
	maxPieces: 16_384,
	maxSizeBytes: 1024 ** 4,
} as const;
