// Gathers what one turn of the event loop sends, so that a socket gets its share in one write: a write to the
// network costs more than everything else about a message, and the answers to one announce come together.
import type { Socket } from '../transport/listener.ts';
import type { AnnounceConnection } from './announce-tracker.ts';
import type { WireText } from './wire-text.ts';

type Outgoing = Pick<Socket, 'send' | 'cork' | 'close'>;

/** `atEndOfTurn` calls back when everything that was readable has been read: `setImmediate`. */
export function createTurnOutbox(
	atEndOfTurn: (flush: () => void) => void,
): (socket: Outgoing) => AnnounceConnection {
	// New for every turn, and nothing that lives longer refers to a frame: queues kept with the connections would
	// be old to the garbage collector and drag frames after them into the old generation: 150 MB instead of 14 MB.
	let turn = new Map<Outgoing, WireText[]>();

	function flush(): void {
		const ended = turn;
		turn = new Map();
		for (const [socket, frames] of ended) write(socket, frames);
	}

	return (socket) => ({
		send(frame) {
			const frames = turn.get(socket);
			if (frames !== undefined) frames.push(frame);
			else {
				if (turn.size === 0) atEndOfTurn(flush);
				turn.set(socket, [frame]);
			}
		},
		close(code, reason) {
			const frames = turn.get(socket);
			turn.delete(socket);
			if (frames !== undefined) write(socket, frames);
			socket.close(code, reason);
		},
	});
}

function write(socket: Outgoing, frames: readonly WireText[]): void {
	const [only] = frames;
	if (only !== undefined && frames.length === 1) socket.send(only);
	else socket.cork(() => frames.forEach((frame) => socket.send(frame)));
}
