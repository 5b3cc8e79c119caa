// Messages on their way to one gRPC peer: pushed by rules that cannot wait, pulled at the pace of the
// peer. Owns the count of what waits. Knows nothing of gRPC; one consumer iterates it once.

export interface OutgoingQueue<Message> extends AsyncIterable<Message> {
	/** Does nothing after `end`. */
	push(message: Message, sizeBytes: number): void;
	bufferedBytes(): number;
	/** What was pushed before is still delivered; then the iteration ends, or throws the error. */
	end(error?: Error): void;
}

export function createOutgoingQueue<Message>(): OutgoingQueue<Message> {
	const waiting: { message: Message; sizeBytes: number }[] = [];
	let bufferedBytes = 0;
	let ended: { readonly error: Error | undefined } | undefined;
	let wake: () => void = () => undefined;

	async function* drain(): AsyncGenerator<Message> {
		for (;;) {
			const next = waiting.shift();
			if (next !== undefined) {
				yield next.message;
				// Counted until the consumer comes back, which it does when the message is on the wire.
				bufferedBytes -= next.sizeBytes;
			} else if (ended !== undefined) {
				if (ended.error !== undefined) throw ended.error;
				return;
			} else {
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
			}
		}
	}

	return {
		push(message, sizeBytes) {
			if (ended !== undefined) return;
			waiting.push({ message, sizeBytes });
			bufferedBytes += sizeBytes;
			wake();
		},
		bufferedBytes: () => bufferedBytes,
		end(error) {
			ended ??= { error };
			wake();
		},
		[Symbol.asyncIterator]: drain,
	};
}
