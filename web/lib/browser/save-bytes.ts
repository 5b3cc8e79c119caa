// Saves a few bytes the page has made itself as a file of the person's, through the browser's downloads.

/** How long the browser may take to begin. */
const keptMs = 60_000;

export function saveBytes(bytes: Uint8Array<ArrayBuffer>, fileName: string, type: string): void {
	const url = URL.createObjectURL(new Blob([bytes], { type }));
	const link = document.createElement('a');
	link.href = url;
	link.download = fileName;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), keptMs);
}
