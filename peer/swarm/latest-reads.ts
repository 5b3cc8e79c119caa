// Reads of whole parts for members who ask for 16 KiB at a time: each is begun once, the latest few stay in memory, and
// one that failed does not. Knows nothing of what is read.
import { createBoundedMap } from '../transfer/bounded-map.ts';

/** `read` by index, through a memory of `most` parts. Whoever gets one shares it with others. */
export function createLatestReads<Part>(
	most: number,
	read: (index: number) => Promise<Part>,
): (index: number) => Promise<Part> {
	const parts = createBoundedMap<number, Promise<Part>>(most);
	return (index) => {
		const known = parts.get(index);
		const part = known ?? read(index);
		parts.set(index, part);
		if (!known) part.catch(() => parts.delete(index));
		return part;
	};
}
