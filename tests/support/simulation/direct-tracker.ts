// Calls of a tracker in the same process: encoded and decoded, so that nobody shares what is sent, and refused as over a
// wire. A transport's streams and headers are left out: they cost more than everything a simulated cluster does.
import {
	create,
	fromBinary,
	toBinary,
	type DescMessage,
	type Message,
	type MessageInitShape,
} from '@bufbuild/protobuf';
import type { ConnectRouter } from '@connectrpc/connect';
import type { TrackerClient } from '../../../edge-server/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { TrackerService } from '../../../proto/gen/giggityflix/v1/tracker_pb.js';
import type { Tracker } from '../../../tracker/tracker.ts';

type Init = MessageInitShape<DescMessage>;
type Call = (request: Init) => Promise<Message>;

export function callDirectly(tracker: Pick<Tracker, 'routes'>): TrackerClient {
	let service: Readonly<Record<string, (request: Message) => Promise<Init>>> = {};
	tracker.routes({
		service: (_: unknown, implementation: typeof service) => {
			service = implementation;
		},
	} as unknown as ConnectRouter);
	const calls = TrackerService.methods.map(({ localName, input, output }): [string, Call] => [
		localName,
		async (request) => {
			try {
				return copyOf(output, (await service[localName]?.(copyOf(input, request))) ?? {});
			} catch (caught) {
				throw GiggityflixError.from(caught).toConnectError();
			}
		},
	]);
	return Object.fromEntries(calls) as unknown as TrackerClient;
}

function copyOf(schema: DescMessage, content: Init): Message {
	return fromBinary(schema, toBinary(schema, create(schema, content)));
}
