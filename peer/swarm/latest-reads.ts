// Reads of whole parts for members who ask for 16 KiB at a time: each is begun once, the latest few stay in memory, and
// one that failed does not. Knows nothing of what is read.

/** `read` by index, through a memory of `most` parts. Whoever gets one shares it with others. */
export function createLatestReads<Part>(
	most: number,
	read: (index: number) => Promise<Part>,
): (index: number) => Promise<Part> {
	/** Latest use last. */
	const parts = new Map<number, Promise<Part>>();
	return (index) => {
		const known = parts.get(index);
		const part = known ?? read(index);
		parts.delete(index);
		parts.set(index, part);
		if (known) return part;
		part.catch(() => parts.delete(index));
		const [oldest] = parts.keys();
		if (parts.size > most && oldest !== undefined) parts.delete(oldest);
		return part;
	};
}
