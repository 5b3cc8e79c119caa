// What the page and its hash worker say to each other. Types only.

// A type and not an interface: only those fit the index signature of WorkerCalls.
export type HashCalls = {
	/** SHA-256 of a whole file, 32 bytes. */
	sha256: { input: { file: File }; output: Uint8Array<ArrayBuffer> };
};
