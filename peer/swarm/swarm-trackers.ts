// Which trackers a swarm is looked for on: always our own edge, and of those in the torrent the ones a
// browser can speak to. Each costs connections prepared in advance, so there are few. Nobody else is told.

/** Each is five connections that wait for an answer. */
const maxTrackers = 4;

export interface SwarmTrackers {
	/** To announce to, our own first. */
	readonly asked: readonly string[];
	/** Of the listed ones: another protocol, or one too many. */
	readonly ignored: readonly string[];
}

/** The second: our edge's announce tracker, then those it names. Where it is wss, plain ws of others is blocked by browsers. */
export function chooseTrackers(
	listed: readonly string[],
	[ownUrl = '', ...named]: readonly string[],
): SwarmTrackers {
	const usable = ownUrl.startsWith('wss:') ? /^wss:/ : /^wss?:/;
	const asked = new Set([ownUrl]);
	for (const url of [...named, ...listed]) {
		if (asked.size < maxTrackers && usable.test(url)) asked.add(url);
	}
	return { asked: [...asked], ignored: listed.filter((url) => !asked.has(url)) };
}
