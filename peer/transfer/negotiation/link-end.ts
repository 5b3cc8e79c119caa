// What the two ends of a link have in common: how the link's events reach the end that works on it. The
// viewer's end is viewing-link.ts, the owner's serving-link.ts; negotiation.ts makes the link under them.

export interface LinkEnd {
	/** Never throws: what cannot be understood closes the link. */
	handleMessage(bytes: Uint8Array<ArrayBuffer>): void;
	/** The link's buffer has fallen below its low-water mark. */
	handleBufferLow(): void;
	/** The link is dead, for whatever reason. Called once. */
	handleClosed(error: Error): void;
}
