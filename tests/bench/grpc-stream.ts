// Events a second that one gRPC stream of a peer carries, each announced and answered, one in a message and a hundred,
// beside @grpc/grpc-js answering the same in the same words. Both are driven by the same bare HTTP/2 client, which decodes
// nothing, so that it is the server that is measured. ROUNDS says how often; the median counts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type ClientHttp2Stream } from 'node:http2';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import { PeerEdgeService, PeerMessageSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { offer } from '../support/offers.ts';
import { cpuSeconds, median, printComparison } from './measure.ts';

const rounds = Number(process.env['ROUNDS'] ?? 3);
const secondsPerRound = 3;
const warmUpSeconds = 1;
/** Messages on their way at once: enough that nobody waits for a round trip. */
const messagesInFlight = 64;
/** What announces one film more, and what announces a folder. */
const eventsPerMessage = [1, 100];
/** One byte that says whether the message is compressed, four of its length. */
const prefixBytes = 5;

interface Rate {
	readonly eventsPerSecond: number;
	readonly cpuMicros: number;
}

for (const events of eventsPerMessage) {
	const ours: Rate[] = [];
	const reference: Rate[] = [];
	for (let round = 0; round < rounds; round += 1) {
		ours.push(await measure('grpc-ours.ts', events));
		reference.push(await measure('grpc-reference.ts', events));
	}
	const compare = (what: string, read: (rate: Rate) => number, unit: string) =>
		printComparison({
			what: `${what} of the gRPC stream, ${events} in a message`,
			ours: median(ours.map(read)),
			yardstick: median(reference.map(read)),
			unit,
		});
	compare('Events', ({ eventsPerSecond }) => eventsPerSecond, '/s');
	compare('CPU for each event', ({ cpuMicros }) => cpuMicros, 'µs');
}

/** One round with one server, in a fresh process. */
async function measure(script: string, events: number): Promise<Rate> {
	const path = fileURLToPath(new URL(script, import.meta.url));
	const server = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	try {
		const [line] = (await once(server.stdout, 'data')) as [Buffer];
		const port = /port (\d+)/.exec(line.toString())?.[1] ?? '';
		const session = connect(`http://127.0.0.1:${port}`);
		const answers = keepBusy(openStream(session), encode(events));
		await sleep(warmUpSeconds * 1000);
		const before = { answers: answers(), cpu: cpuSeconds(server.pid ?? 0), at: performance.now() };
		await sleep(secondsPerRound * 1000);
		const counted = (answers() - before.answers) * events;
		const seconds = (performance.now() - before.at) / 1000;
		const cpuMicros = ((cpuSeconds(server.pid ?? 0) - before.cpu) * 1e6) / counted;
		session.destroy();
		return { eventsPerSecond: counted / seconds, cpuMicros };
	} finally {
		server.kill();
	}
}

function openStream(session: ReturnType<typeof connect>): ClientHttp2Stream {
	return session.request(
		{
			':method': 'POST',
			':path': `/${PeerEdgeService.typeName}/AsyncOperations`,
			'content-type': 'application/grpc',
			te: 'trailers',
			peer_id: 'bench',
		},
		{ endStream: false },
	);
}

/** A message as it goes over the wire. */
function encode(events: number): Buffer {
	const upserted = Array.from({ length: events }, (_, number) => offer(number));
	const body = { case: 'catalogDelta' as const, value: { sequence: 1n, upserted } };
	const message = toBinary(PeerMessageSchema, create(PeerMessageSchema, { body }));
	const prefix = Buffer.alloc(prefixBytes);
	prefix.writeUInt32BE(message.length, 1);
	return Buffer.concat([prefix, message]);
}

/** Sends one message for each answer; the function returned counts the answers. */
function keepBusy(stream: ClientHttp2Stream, message: Buffer): () => number {
	let answers = 0;
	let unread: Buffer = Buffer.alloc(0);
	stream.on('data', (chunk: Buffer) => {
		unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
		let offset = 0;
		let complete = 0;
		while (unread.length >= offset + prefixBytes) {
			const end = offset + prefixBytes + unread.readUInt32BE(offset + 1);
			if (unread.length < end) break;
			offset = end;
			complete += 1;
		}
		unread = unread.subarray(offset);
		answers += complete;
		if (complete > 0) stream.write(Buffer.concat(Array<Buffer>(complete).fill(message)));
	});
	stream.on('error', (error) => {
		throw error;
	});
	stream.write(Buffer.concat(Array<Buffer>(messagesInFlight).fill(message)));
	return () => answers;
}
