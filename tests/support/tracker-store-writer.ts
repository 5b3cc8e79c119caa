// Writes to an embedded store until it is killed, and prints the number of each write once it is
// acknowledged. Run as a process of its own: node tracker-store-writer.ts <file> <first number>.
import { writeSync } from 'node:fs';
import type { PeerId } from '../../proto/ids.ts';
import { noProgress } from '../../tracker/catalog-progress.ts';
import { createEmbeddedStore } from '../../tracker/store/embedded-store.ts';
import { catalogIdOf, makeOffer, offerIdOf } from './tracker-world.ts';

const [file = '', first = '0'] = process.argv.slice(2);
const store = createEmbeddedStore(file);

/** Several writers at once, so that kills hit commits of groups too. */
async function write(number: number): Promise<void> {
	const peerId = `peer-${number}` as PeerId;
	const stored = { peerId, offerId: offerIdOf(number), catalogId: catalogIdOf(peerId, number) };
	const progress = { completeSequence: number, appliedSequence: number, appliedPages: 0 };
	await store.saveCatalog({
		...{ peerId, before: noProgress, progress, removed: [], aliases: [] },
		upserted: [{ ...stored, sequence: number, addedAtMs: number, offer: makeOffer(number) }],
	});
	// Synchronous: what the store acknowledged is in the pipe before anything else happens.
	writeSync(1, `${number}\n`);
}

writeSync(1, 'ready\n');
for (let number = Number(first); ; number += 3) {
	await Promise.all([write(number), write(number + 1), write(number + 2)]);
}
