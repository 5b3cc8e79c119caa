// Loaded into a program that is measured (`--import`): asked by SIGUSR2, it collects what it no longer needs and prints the
// bytes that are left, which the resident memory of a process does not tell.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
process.on('SIGUSR2', () => {
	// What the first round frees may have been all that kept something else.
	collect();
	collect();
	const { heapUsed, external } = process.memoryUsage();
	console.log(`live ${heapUsed + external}`);
});
