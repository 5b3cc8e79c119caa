// `npm run bench [name …]`: all benchmarks, or those named, one after another, each in a process of its own
// so that none inherits another's memory. Wants a machine with nothing else to do.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const benchmarks = {
	'direct-transfer': 'One film from browser to browser, beside the best raw RTCDataChannel.',
	'headless-transfer':
		'One film from the headless peer to a browser, beside node-datachannel alone.',
	'first-frame': 'Click to first frame and seeking, beside plain HTTP and stock webtorrent.',
	'folder-to-frame': 'A hundred films dropped, to the first picture in the other browser.',
	hashing:
		'Media id and pieces of a large file, beside openssl and create-torrent; and what more cores bring.',
	'edge-load': '5,000 connected peers, beside a bare uWebSockets.js echo.',
	'grpc-stream': 'Events of one gRPC stream, beside @grpc/grpc-js answering the same.',
	'cross-edge': 'A signalling step to a peer of another edge, beside one at the same edge.',
	'tracker-store':
		'What an entry costs in Redis and how fast it is written, beside redis-benchmark.',
	'tracker-events':
		'Announced events from Kafka into Redis, and commands, beside bare kafkajs and redis-benchmark.',
	swarm: 'One owner and five viewers, beside direct streams; and stock webtorrent.',
	announce: 'The announce tracker, beside bittorrent-tracker.',
	'kafka-clients': 'kafkajs, which carries the bus, beside @platformatic/kafka.',
} as const;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
	console.error(`Unknown: ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}`);
	process.exit(2);
}
let failures = 0;
for (const [name, what] of Object.entries(benchmarks)) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	console.log(`\n── ${name}: ${what}`);
	const path = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
	const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', path], {
		stdio: 'inherit',
	});
	if (status !== 0) failures += 1;
}
process.exit(failures > 0 ? 1 : 0);
