// How a page that watches a film of the catalog names itself on announce trackers, after the Azureus style of BEP 20.
// Its edge introduces it to the owners through its session; met as strangers as well, they would be linked twice.

/** What its peer ids of 20 bytes begin with. */
export const watcherPrefix = '-GF0100-';

export function createWatcherName(randomBytes: (target: Uint8Array) => void): Uint8Array {
	const name = new Uint8Array(20);
	randomBytes(name);
	new TextEncoder().encodeInto(watcherPrefix, name);
	return name;
}
