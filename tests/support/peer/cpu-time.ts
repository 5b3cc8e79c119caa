// How long work keeps the processor busy: the least of three runs, in this process's own time, so that a busy
// machine does not fail a test of speed.
export async function leastCpuMs(work: () => unknown): Promise<number> {
	const runsMs: number[] = [];
	for (let run = 0; run < 3; run += 1) {
		const before = process.cpuUsage();
		await work();
		const { user, system } = process.cpuUsage(before);
		runsMs.push((user + system) / 1000);
	}
	return Math.min(...runsMs);
}
