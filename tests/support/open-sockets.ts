// The sockets that a process has open now, read from Linux' /proc.
import { readdir, readFile, readlink } from 'node:fs/promises';

export interface OpenSockets {
	readonly tcp: number;
	readonly udp: number;
}

export async function openSockets(pid: number): Promise<OpenSockets> {
	const descriptors = await readdir(`/proc/${pid}/fd`);
	const links = await Promise.all(
		// One that was closed meanwhile is none.
		descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')),
	);
	const own = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
	const count = async (protocol: string) => {
		const [, ...rows] = (await readFile(`/proc/${pid}/net/${protocol}`, 'utf8')).split('\n');
		return rows.filter((row) => own.has(row.trim().split(/\s+/)[9] ?? '')).length;
	};
	const [tcp4, tcp6, udp4, udp6] = await Promise.all(['tcp', 'tcp6', 'udp', 'udp6'].map(count));
	return { tcp: (tcp4 ?? 0) + (tcp6 ?? 0), udp: (udp4 ?? 0) + (udp6 ?? 0) };
}
