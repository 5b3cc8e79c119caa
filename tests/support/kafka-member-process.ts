// A member of a consumer group in a process of its own, to be stopped or killed by a test. Its arguments are
// broker, topic and group; it writes a line of JSON for every event it has handled,
// and ends with its standard input, so that it does not outlive the test.
import { toJson } from '@bufbuild/protobuf';
import { createKafkaBus } from '../../bus/kafka-bus.ts';
import { nodeClock } from '../../bus/node-clock.ts';
import { asTopic } from '../../bus/topics.ts';
import { BusEventSchema } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { shortTiming } from './kafka/short-timing.ts';

process.stdin.resume().once('end', () => process.exit());
const [broker = '', topic = '', group = ''] = process.argv.slice(2);
const bus = createKafkaBus({
	brokers: [broker],
	producer: 'member',
	topicPartitions: 3,
	clock: nodeClock,
	randomBytes: (target) => void crypto.getRandomValues(target),
	logger: { info: () => undefined, warn: () => undefined },
	timing: shortTiming,
});
await bus.subscribe({
	group,
	topics: [asTopic(topic)],
	handle: async (event) => {
		process.stdout.write(`${JSON.stringify(toJson(BusEventSchema, event))}\n`);
	},
});
process.stdout.write('"joined"\n');
