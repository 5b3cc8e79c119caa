// The jars of an Apache Kafka broker: copied from Maven Central by pom.xml once for every version of it, and
// kept in .cache/kafka. Knows nothing of how a broker is run.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pom = fileURLToPath(new URL('pom.xml', import.meta.url));
const cache = fileURLToPath(new URL('../../../.cache/kafka', import.meta.url));

/** Programs a broker needs and this machine lacks. */
export function missingPrograms(): string[] {
	const folders = (process.env['PATH'] ?? '').split(delimiter);
	return ['java', 'mvn'].filter(
		(name) => !folders.some((folder) => existsSync(join(folder, name))),
	);
}

/** The directory the jars are in. The first call for a pom fetches them, which takes seconds to minutes. */
export async function fetchBrokerJars(): Promise<string> {
	const digest = createHash('sha256').update(await readFile(pom));
	const directory = join(cache, digest.digest('hex').slice(0, 16));
	if (existsSync(directory)) return directory;
	await mkdir(cache, { recursive: true });
	const unfinished = await mkdtemp(join(cache, 'fetching-'));
	await copyDependencies(unfinished);
	try {
		await rename(unfinished, directory);
	} catch (error) {
		// Another test worker was faster; its jars are the same.
		if (!existsSync(directory)) throw error;
		await rm(unfinished, { recursive: true, force: true });
	}
	return directory;
}

async function copyDependencies(target: string): Promise<void> {
	const maven = spawn(
		'mvn',
		[
			'--batch-mode',
			'--quiet',
			`--file=${pom}`,
			'dependency:copy-dependencies',
			'-DincludeScope=runtime',
			`-DoutputDirectory=${target}`,
		],
		{ stdio: ['ignore', 'pipe', 'inherit'] },
	);
	let output = '';
	maven.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
	const code = await new Promise<number | null>((resolve, reject) => {
		maven.on('error', reject);
		maven.on('close', resolve);
	});
	if (code === 0) return;
	await rm(target, { recursive: true, force: true });
	throw new Error(`Kafka's jars could not be fetched from Maven Central:\n${output}`);
}
