// The yardstick of the edge: a uWebSockets.js server that sends every message back and does nothing else.
// Started by edge-load.ts as a process of its own; prints its port.
import { App } from 'uWebSockets.js';

App()
	.ws('/*', {
		idleTimeout: 0,
		maxPayloadLength: 64 * 1024,
		message: (socket, message, isBinary) => void socket.send(message, isBinary),
	})
	.listen('127.0.0.1', 0, (listenSocket) => {
		if (listenSocket === false) throw new Error('could not listen');
		void import('uWebSockets.js').then((uws) => {
			console.log(`port ${uws.us_socket_local_port(listenSocket)}`);
		});
	});
