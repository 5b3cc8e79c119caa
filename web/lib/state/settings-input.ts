// What people type and paste into settings, brought into the form the peer takes. Judges nothing: what is no
// phrase is refused by the peer.

/** Pasted phrases come numbered, in several lines, with capitals. */
export function normalizePhrase(text: string): string {
	return text
		.toLowerCase()
		.split(/[^a-z]+/)
		.filter(Boolean)
		.join(' ');
}

/** ".MP4, mkv .avi" → [".mp4", ".mkv", ".avi"]; an empty list when there is none in it. */
export function parseExtensions(text: string): string[] {
	const names = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
	return [...new Set(names.map((name) => `.${name}`))];
}
