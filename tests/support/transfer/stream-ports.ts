// The two ends of a stream's port in memory: asynchronous and ordered, as a MessageChannel is.
import type {
	StreamCommand,
	StreamPort,
	StreamReply,
} from '../../../peer/transfer/player/stream-protocol.ts';

export interface StreamPorts {
	/** The service worker's end. */
	readonly worker: StreamPort<StreamCommand, StreamReply>;
	/** The page's end. */
	readonly page: StreamPort<StreamReply, StreamCommand>;
	/** Everything the worker said. */
	readonly commands: StreamCommand[];
	/** Everything the page said. */
	readonly replies: StreamReply[];
}

export function createStreamPorts(): StreamPorts {
	const commands: StreamCommand[] = [];
	const replies: StreamReply[] = [];
	const toPage = createQueue<StreamCommand>();
	const toWorker = createQueue<StreamReply>();
	return {
		worker: {
			post(command) {
				commands.push(command);
				toPage.post(command);
			},
			listen: toWorker.listen,
			close: toWorker.close,
		},
		page: {
			post(reply) {
				replies.push(reply);
				toWorker.post(reply);
			},
			listen: toPage.listen,
			close: toPage.close,
		},
		...{ commands, replies },
	};
}

function createQueue<Message>() {
	const early: Message[] = [];
	let listener: ((message: Message) => void) | undefined;
	return {
		post(message: Message) {
			if (listener === undefined) early.push(message);
			else setImmediate(() => listener?.(message));
		},
		listen(onMessage: (message: Message) => void) {
			listener = onMessage;
			for (const message of early.splice(0)) setImmediate(() => listener?.(message));
		},
		close() {
			listener = () => undefined;
		},
	};
}
