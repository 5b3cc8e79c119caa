// Which HTTP seeds of a stranger's torrent are asked: few, and only those a page may ask. Rule: a person has seen their
// hosts first, for whoever wrote the link chose them, and a host may be in the person's own network. Pure.

/** More connections to more strangers make nothing faster. */
const maxHttpSeeds = 4;

export interface ChosenHttpSeeds {
	readonly asked: readonly string[];
	/** Of the listed ones: blocked by browsers, or one too many. */
	readonly ignored: readonly string[];
}

/** The second: our edge's announce tracker. Where it is wss, browsers block plain http of other hosts. */
export function chooseHttpSeeds(
	listed: readonly string[],
	ownTrackerUrl: string | undefined,
): ChosenHttpSeeds {
	const isSecurePage = ownTrackerUrl?.startsWith('wss:') === true;
	const usable = listed.filter((url) => !isSecurePage || url.startsWith('https:'));
	const asked = usable.slice(0, maxHttpSeeds);
	return { asked, ignored: listed.filter((url) => !asked.includes(url)) };
}

/** Whether an address is one of this device or its own network, as far as it is written in it. */
export function isInOwnNetwork(url: string): boolean {
	const { hostname } = new URL(url);
	if (hostname.startsWith('[')) return /^\[(::1?\]|f[cd]|fe[89ab]|::ffff:)/.test(hostname);
	if (/^\d+\.\d+\.\d+\.\d+$/.test(hostname)) {
		return /^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(
			hostname,
		);
	}
	const isBareName = !hostname.includes('.');
	return isBareName || /\.(local|localhost|lan|home|internal|home\.arpa)\.?$/.test(hostname);
}
