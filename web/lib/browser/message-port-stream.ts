// A MessagePort as the core's StreamPort, for the page and the service worker alike.
import type { StreamPort } from '../../../peer/transfer/player/stream-protocol.ts';

/** The messages must be what the other end's types say: both ends are this program, of the same version. */
export function messagePortStream<Sent, Received>(port: MessagePort): StreamPort<Sent, Received> {
	return {
		post: (message, transfer) =>
			port.postMessage(message, transfer === undefined ? [] : [transfer]),
		listen(onMessage) {
			// Setting onmessage starts the port; messages before it are kept.
			port.onmessage = (event: MessageEvent<Received>) => onMessage(event.data);
		},
		close: () => port.close(),
	};
}
