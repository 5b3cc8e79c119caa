// The way to a Redis Cluster: commands go to the node of their key, those of one moment for one node together. News that
// one node is told reach all, so they are heard at any; when that one goes, at another.
import { Cluster, Command as KeyedCommand, Redis } from 'ioredis';
import {
	commandTimeoutMs,
	connectionOptions,
	execAt,
	longestPauseMs,
	type Command,
	type RedisAccess,
	type RedisClusterSettings,
	type RedisRoute,
	type Reply,
} from './redis-route.ts';

export function createClusterRoute(
	settings: RedisClusterSettings,
	onTrouble: (error: Error) => void,
): RedisRoute {
	const cluster = new Cluster([...settings.nodes], {
		...{ lazyConnect: true, enableOfflineQueue: false, slotsRefreshTimeout: commandTimeoutMs },
		redisOptions: connectionOptions(settings),
		clusterRetryStrategy: (attempts) => Math.min(50 * attempts, longestPauseMs),
		// What fails for other reasons than that its slot has moved is asked again by who asked.
		...{ retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 },
	});
	cluster.on('error', onTrouble);
	cluster.on('node error', onTrouble);
	const ear = createEar(cluster, settings, onTrouble);
	return {
		connect: async () => {
			await cluster.connect();
			// A node that is just being connected to refuses what has moved there.
			const unused = cluster.nodes().filter(({ status }) => status === 'wait');
			await Promise.allSettled(unused.map((node) => node.connect()));
		},
		exec: (commands) => exec(cluster, commands),
		listen: (channel, onMessage, onMissed) => {
			// Nodes pass news on without asking whether they came: some may be missing when the nodes change.
			cluster.on('-node', onMissed);
			return ear.listen(channel, onMessage, onMissed);
		},
		close: async () => {
			ear.close();
			cluster.removeAllListeners('-node');
			if (cluster.status === 'ready') await cluster.quit().catch(() => undefined);
			cluster.disconnect();
		},
	};
}

async function exec(cluster: Cluster, commands: readonly Command[]): Promise<readonly Reply[]> {
	const nodes = new Map(cluster.nodes('master').map((node) => [addressOf(node), node]));
	const replies: Reply[] = [];
	const rounds = Map.groupBy(commands.entries(), ([, command]) => masterOf(cluster, command));
	const settled = [...rounds].map(async ([master, round]) => {
		const node = nodes.get(master ?? '');
		const ofNode = round.map(([, command]) => command);
		const answers = node ? await execAt(node, ofNode) : [];
		const followed = round.map(async ([at, command], index) => {
			const reply = answers[index];
			// What was not carried out because its slot is elsewhere now is sent there.
			const isElsewhere = !reply || /^(MOVED|ASK|TRYAGAIN) /.test(reply[0]?.message ?? '');
			replies[at] = isElsewhere ? await follow(cluster, command) : reply;
		});
		await Promise.all(followed);
	});
	await Promise.all(settled);
	return replies;
}

/** Sends a command to where Redis says that its slot is. */
async function follow(cluster: Cluster, [name, ...args]: Command): Promise<Reply> {
	try {
		return [null, await cluster.callBuffer(name, args)];
	} catch (caught) {
		return [caught as Error];
	}
}

/** As far as this client knows. What has no key all goes to one node, so that it stays in order. */
function masterOf(cluster: Cluster, [name, ...args]: Command): string | undefined {
	const slot = new KeyedCommand(name.toLowerCase(), args).getSlot() as number | null;
	return cluster.slots[slot ?? 0]?.[0];
}

function addressOf({ options: { host = '', port = 0 } }: Redis): string {
	return `${host}:${port}`;
}

/** A connection that listens, to one node after another. */
function createEar(cluster: Cluster, access: RedisAccess, onTrouble: (error: Error) => void) {
	let turn = 0;
	let isClosed = false;
	let current: Redis | undefined;
	let retry: NodeJS.Timeout | undefined;

	async function listenAtNext(channel: string, onMessage: (message: Buffer) => void) {
		const nodes = cluster.nodes('master');
		const { host, port } = nodes[(turn += 1) % nodes.length]?.options ?? {};
		if (host === undefined || port === undefined) throw new Error('no node of Redis is known');
		const own = new Redis({
			...connectionOptions(access),
			...{ host, port, lazyConnect: true, retryStrategy: null },
		});
		current = own;
		own.on('error', onTrouble);
		own.on('messageBuffer', (_, message) => {
			onMessage(message);
		});
		await own.connect();
		await own.subscribe(channel);
		return own;
	}

	const listen: RedisRoute['listen'] = async (channel, onMessage, onMissed) => {
		const goOnElsewhere = (): void => {
			if (isClosed) return;
			retry = setTimeout(() => {
				listen(channel, onMessage, onMissed).then(onMissed, goOnElsewhere);
			}, longestPauseMs);
		};
		const own = await listenAtNext(channel, onMessage);
		own.once('end', goOnElsewhere);
	};
	return {
		listen,
		close: () => {
			isClosed = true;
			clearTimeout(retry);
			current?.disconnect();
		},
	};
}
