// Gathers what one turn of the event loop sends, so that a socket gets its share in one write: a write to the
// network costs more than everything else about a message, and the answers to one announce come together.
import type { Socket } from '../transport/listener.ts';
import type { AnnounceConnection } from './announce-tracker.ts';
import type { WireText } from './wire-text.ts';

interface Pending {
	readonly socket: Pick<Socket, 'send' | 'cork' | 'close'>;
	frames: WireText[];
}

/** `atEndOfTurn` calls back when everything that was readable has been read: `setImmediate`. */
export function createTurnOutbox(
	atEndOfTurn: (flush: () => void) => void,
): (socket: Pending['socket']) => AnnounceConnection {
	let waiting: Pending[] = [];

	function flush(): void {
		const turn = waiting;
		waiting = [];
		for (const pending of turn) write(pending);
	}

	return (socket) => {
		const pending: Pending = { socket, frames: [] };
		return {
			send(frame) {
				if (pending.frames.push(frame) > 1) return;
				if (waiting.push(pending) === 1) atEndOfTurn(flush);
			},
			close(code, reason) {
				write(pending);
				socket.close(code, reason);
			},
		};
	};
}

function write(pending: Pending): void {
	const { socket, frames } = pending;
	pending.frames = [];
	const [only] = frames;
	if (only !== undefined && frames.length === 1) socket.send(only);
	else if (only !== undefined) socket.cork(() => frames.forEach((frame) => socket.send(frame)));
}
