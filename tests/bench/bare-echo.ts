// The yardsticks of the edge, a uWebSockets.js server that does nothing else: on /echo every message goes back, on
// /relay it goes to another socket and its sender gets a short word, as a relayed step and its answer do.
// Started by edge-load.ts as a process of its own; prints its port.
import { App, type WebSocket } from 'uWebSockets.js';

const limits = { idleTimeout: 0, maxPayloadLength: 64 * 1024 };
/** As long as the frame with which an edge answers a step. */
const answer = new Uint8Array(5);
const others: WebSocket<unknown>[] = [];
let next = 0;

App()
	.ws('/echo', {
		...limits,
		message: (socket, message, isBinary) => void socket.send(message, isBinary),
	})
	.ws('/relay', {
		...limits,
		open: (socket) => void others.push(socket),
		message: (socket, message, isBinary) => {
			next = (next + 13) % others.length;
			others[next]?.send(message, isBinary);
			socket.send(answer, true);
		},
	})
	.listen('127.0.0.1', 0, (listenSocket) => {
		if (listenSocket === false) throw new Error('could not listen');
		void import('uWebSockets.js').then((uws) => {
			console.log(`port ${uws.us_socket_local_port(listenSocket)}`);
		});
	});
