// An Apache Kafka broker for tests: one process that is broker and controller (KRaft), on loopback and free
// ports, with its log in a directory of its own. It ends with the process that started it, however that ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../free-port.ts';
import { fetchBrokerJars, missingPrograms } from './broker-jars.ts';

const loggingConfig = fileURLToPath(new URL('log4j2.properties', import.meta.url));
const startTimeoutMs = 60_000;

/**
 * Runs a program until its standard input ends, which happens when whoever started it dies, even by SIGKILL.
 * A shell gives its background jobs an empty input, hence the copy of it.
 */
const untilInputEnds =
	'exec 3<&0; "$@" 3<&- & program=$!; { cat <&3 >/dev/null; kill -9 $program 2>&-; } & wait $program';

export interface KafkaBroker {
	/** `host:port`. Stays the same when the broker is killed and started again. */
	readonly address: string;
	/** Ends the broker without a word, as a crash does. What it acknowledged stays. */
	kill(): Promise<void>;
	/** Starts it again on the same port with the same log. */
	start(): Promise<void>;
	/** Ends it and removes what it stored. */
	close(): Promise<void>;
}

/** Brokers to speak to, and how to let go of them. */
export interface KafkaForTests {
	readonly brokers: readonly string[];
	close(): Promise<void>;
}

/**
 * Why there is no Kafka for tests here, or undefined when there is. With `CI` set it has to be there, so tests
 * run, and fail with this reason.
 */
export function whyNoKafka(): string | undefined {
	if (process.env['CI']) return undefined;
	return whatIsMissing();
}

/** The brokers of KAFKA_BOOTSTRAP_SERVERS, or one that is started now. */
export async function openKafka(): Promise<KafkaForTests> {
	const given = process.env['KAFKA_BOOTSTRAP_SERVERS'];
	if (given) return { brokers: given.split(','), close: () => Promise.resolve() };
	const broker = await startKafkaBroker();
	return { brokers: [broker.address], close: () => broker.close() };
}

/** How clients speak to a broker. */
export interface ListenerForTests {
	readonly protocol: 'PLAINTEXT' | 'SASL_SSL';
	/** Lines of its configuration that the protocol needs. */
	readonly properties: string;
}

/** A broker of the caller's own, which may be killed. Takes two to four seconds once the jars are there. */
export async function startKafkaBroker(
	listener: ListenerForTests = { protocol: 'PLAINTEXT', properties: '' },
): Promise<KafkaBroker> {
	const missing = whatIsMissing();
	if (missing !== undefined) throw new Error(missing);
	const jars = await fetchBrokerJars();
	const directory = await mkdtemp(join(tmpdir(), 'giggityflix-kafka-'));
	const [port, controllerPort] = [await freePort(), await freePort()];
	await writeFile(join(directory, 'meta.properties'), identity);
	await writeFile(
		join(directory, 'server.properties'),
		`${propertiesOf(directory, port, controllerPort, listener.protocol)}${listener.properties}`,
	);
	const remove = () => rm(directory, { recursive: true, force: true });
	let running = await run(jars, directory, port).catch(async (error: unknown) => {
		await remove();
		throw error;
	});
	return {
		address: `127.0.0.1:${port}`,
		kill: () => end(running),
		start: async () => {
			running = await run(jars, directory, port);
		},
		close: async () => {
			await end(running);
			await remove();
		},
	};
}

function whatIsMissing(): string | undefined {
	const missing = missingPrograms();
	if (missing.length === 0) return undefined;
	return `Kafka cannot be started: ${missing.join(' and ')} missing. On Debian: apt-get install default-jre-headless maven. Or set KAFKA_BOOTSTRAP_SERVERS.`;
}

/** What `kafka-storage format` would write; the rest of a fresh log the controller makes itself. */
const identity = `version=1
cluster.id=Z2lnZ2l0eWZsaXgtdGVzdA
node.id=1
directory.id=Z2lnZ2l0eWZsaXgtZGlyMA
`;

function propertiesOf(
	directory: string,
	port: number,
	controllerPort: number,
	protocol: string,
): string {
	return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=BROKER://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=BROKER://127.0.0.1:${port}
listener.security.protocol.map=BROKER:${protocol},CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs=${directory}
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.segment.bytes=16777216
log.index.size.max.bytes=1048576
`;
}

async function run(jars: string, directory: string, port: number): Promise<ChildProcess> {
	const java = [
		'java',
		'-Xms64m',
		'-Xmx256m',
		'-XX:+UseSerialGC',
		// A test is over before the second compiler would pay.
		'-XX:TieredStopAtLevel=1',
		`-Dlog4j2.configurationFile=${loggingConfig}`,
		'-cp',
		join(jars, '*'),
		'kafka.Kafka',
		join(directory, 'server.properties'),
	];
	const shell = spawn('sh', ['-c', untilInputEnds, 'sh', ...java], {
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	const log = join(directory, 'broker.log');
	const output = createWriteStream(log, { flags: 'a' });
	shell.stdout.pipe(output, { end: false });
	shell.stderr.pipe(output, { end: false });
	shell.once('close', () => output.end());
	try {
		await listening(shell, port);
	} catch (error) {
		await end(shell);
		throw new Error(`Kafka did not start:\n${await readFile(log, 'utf8')}`, { cause: error });
	}
	return shell;
}

async function listening(shell: ChildProcess, port: number): Promise<void> {
	const deadlineMs = Date.now() + startTimeoutMs;
	while (!(await accepts(port))) {
		if (shell.exitCode !== null) throw new Error(`it exited with ${shell.exitCode}`);
		if (Date.now() > deadlineMs) throw new Error('it does not listen');
		await pause(50);
	}
}

async function accepts(port: number): Promise<boolean> {
	const socket = connect(port, '127.0.0.1');
	try {
		await once(socket, 'connect');
		return true;
	} catch {
		return false;
	} finally {
		socket.destroy();
	}
}

async function end(shell: ChildProcess): Promise<void> {
	if (shell.exitCode !== null || shell.signalCode !== null) return;
	const closed = once(shell, 'close');
	shell.stdin?.end();
	await closed;
}
