// Hashes one file from where an earlier attempt came to: after a pause, a reload or a crash. Rule: a checkpoint counts
// for its own version of the file alone, and is gone once the file is hashed or turns out to be another. Losing one
// costs time and nothing else, so a store that fails stops nobody. Does not know when files are hashed.
import type { OfferId } from '../../proto/ids.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import type {
	HashCheckpoint,
	HashCheckpoints,
	HashedFile,
	Hasher,
	Logger,
	OpenFile,
} from '../ports.ts';
import { isSameVersion } from './file-version.ts';

export interface ResumingDependencies {
	readonly hasher: Hasher;
	readonly hashCheckpoints?: HashCheckpoints | undefined;
	readonly logger: Logger;
}

export interface ResumingOptions {
	readonly pieceLengthBytes: number;
	/** Told once, before any progress, where it begins or goes on. */
	readonly onBegin: (hashedBytes: number) => void;
	readonly onProgress: (hashedBytes: number) => void;
	readonly signal: AbortSignal;
}

/** Throws what `Hasher.hash` throws. */
export async function hashFromCheckpoint(
	deps: ResumingDependencies,
	offerId: OfferId,
	file: OpenFile,
	options: ResumingOptions,
): Promise<HashedFile> {
	const { pieceLengthBytes, onBegin, onProgress, signal } = options;
	const { hashCheckpoints } = deps;
	const { sizeBytes, modifiedAtMs } = file;
	const stored = await kept(deps, async () => hashCheckpoints?.loadCheckpoint(offerId));
	const resumeFrom = stored && isSameVersion(stored, file) ? stored : undefined;
	onBegin(resumeFrom?.hashedBytes ?? 0);
	/** One after the other, so that the last one stays. */
	let saving: Promise<unknown> = Promise.resolve();
	const save = (checkpoint: HashCheckpoint) => {
		const saved = { ...checkpoint, sizeBytes, modifiedAtMs };
		saving = saving.then(() =>
			kept(deps, async () => hashCheckpoints?.saveCheckpoint(offerId, saved)),
		);
	};
	let isOver = true;
	try {
		return await deps.hasher.hash(file, {
			...{ pieceLengthBytes, resumeFrom, signal },
			onProgress: (hashedBytes, checkpoint) => {
				if (checkpoint) save(checkpoint);
				onProgress(hashedBytes);
			},
		});
	} catch (caught) {
		isOver = !signal.aborted && GiggityflixError.from(caught).code === 'corrupt';
		throw caught;
	} finally {
		await saving;
		if (isOver) await kept(deps, async () => hashCheckpoints?.deleteCheckpoint(offerId));
	}
}

async function kept<Result>(
	{ logger }: ResumingDependencies,
	act: () => Promise<Result>,
): Promise<Result | undefined> {
	try {
		return await act();
	} catch (caught) {
		const { code } = GiggityflixError.from(caught);
		logger.info('a checkpoint of hashing is of no use', { code });
		return undefined;
	}
}
