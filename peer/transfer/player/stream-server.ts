// The page's end of one request of a player: opens the source, says what it is, reads the wanted range one
// chunk for each pull. A slow player therefore slows the source; one that leaves ends the read.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { ByteRange, ByteSource, ByteSourceFacts } from '../byte-source.ts';
import { createDeferred, orAborted } from '../settling.ts';
import type { StreamCommand, StreamPort, StreamReply } from './stream-protocol.ts';

type Port = StreamPort<StreamReply, StreamCommand>;

export interface StreamServing {
	/** Resolves when the request is over, however it ended; never rejects. */
	readonly finished: Promise<void>;
	/** Ends it. */
	stop(): void;
}

/** Answers on `port`, which it closes in the end. `sideCar` is 0 for the film. */
export function serveStream(source: ByteSource, sideCar: number, port: Port): StreamServing {
	const lifetime = new AbortController();
	const stop = () => lifetime.abort(new GiggityflixError('cancelled', 'the stream was stopped'));
	const commands = createCommandQueue(port, stop);
	port.post({ type: 'claimed' });
	return { finished: serve(source, sideCar, port, commands, lifetime.signal), stop };
}

async function serve(
	source: ByteSource,
	sideCar: number,
	port: Port,
	commands: CommandQueue,
	signal: AbortSignal,
): Promise<void> {
	try {
		port.post(describe(await source.open(signal), sideCar));
		const command = await commands.next(signal);
		if (command.type === 'read') {
			const { offsetBytes, lengthBytes } = command;
			await sendRange(source, { offsetBytes, lengthBytes, sideCar }, port, commands, signal);
		}
	} catch (error) {
		port.post({ type: 'failed', code: GiggityflixError.from(error).code });
	} finally {
		port.close();
	}
}

async function sendRange(
	source: ByteSource,
	range: ByteRange,
	port: Port,
	commands: CommandQueue,
	signal: AbortSignal,
): Promise<void> {
	await commands.next(signal);
	for await (const bytes of source.read(range, signal)) {
		// A view of part of a buffer is sent with all of it: the reader of a chunk owns the buffer (byte-source.ts).
		port.post({ type: 'chunk', bytes }, bytes.buffer);
		await commands.next(signal);
	}
	port.post({ type: 'end' });
}

function describe(facts: ByteSourceFacts, sideCar: number): StreamReply {
	const { modifiedAtMs } = facts;
	if (sideCar === 0) {
		const { sizeBytes, mimeType, fileName } = facts;
		return { type: 'facts', sizeBytes, modifiedAtMs, mimeType, fileName };
	}
	const found = facts.sideCars.find(({ index }) => index === sideCar);
	if (found === undefined) throw new GiggityflixError('not-found', 'there is no such side-car');
	const { sizeBytes, fileName } = found;
	const mimeType = fileName.toLowerCase().endsWith('.vtt') ? 'text/vtt' : 'text/plain';
	return { type: 'facts', sizeBytes, modifiedAtMs, mimeType, fileName };
}

interface CommandQueue {
	next(signal: AbortSignal): Promise<StreamCommand>;
}

/** Commands in order; `cancel` overtakes what waits. */
function createCommandQueue(port: Port, onCancel: () => void): CommandQueue {
	const queue: StreamCommand[] = [];
	let wake: (() => void) | undefined;
	port.listen((command) => {
		if (command.type === 'cancel') onCancel();
		else queue.push(command);
		wake?.();
	});
	return {
		async next(signal) {
			for (;;) {
				signal.throwIfAborted();
				const command = queue.shift();
				if (command !== undefined) return command;
				const woken = createDeferred<undefined>();
				wake = () => woken.resolve(undefined);
				await orAborted(woken.promise, signal);
			}
		},
	};
}
