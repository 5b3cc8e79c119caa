// Asks several adapters of one port in order, until one does not answer `unsupported`.
import { GiggityflixError } from '../../../proto/errors.ts';

/** Throws the last refusal when all refuse, and any other error at once. */
export async function firstSupported<Adapter, Result>(
	adapters: readonly Adapter[],
	ask: (adapter: Adapter) => Promise<Result>,
): Promise<Result> {
	let refusal = new GiggityflixError('unsupported', 'nothing here opens such files');
	for (const adapter of adapters) {
		try {
			return await ask(adapter);
		} catch (caught) {
			if (!(caught instanceof GiggityflixError) || caught.code !== 'unsupported') throw caught;
			refusal = caught;
		}
	}
	throw refusal;
}
