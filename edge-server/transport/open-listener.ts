// Chooses the listener: µWS where its binary loads, Node's own HTTP server with `ws` elsewhere, with a
// logged line. A port that is taken is an error of either and is not tried twice.
import type { Logger } from '../ports.ts';
import type { Listener, ListenerOptions } from './listener.ts';
import { openUwsListener } from './uws-listener.ts';
import { openWsListener } from './ws-listener.ts';

type Open = (options: ListenerOptions) => Promise<Listener>;

/** `loadUws` is what `import` does; a parameter because a test cannot remove the binary. */
export async function openListener(
	options: ListenerOptions,
	logger: Logger,
	loadUws: () => Promise<unknown> = () => import('uWebSockets.js'),
): Promise<Listener> {
	const open = await chooseAdapter(logger, loadUws);
	return open(options);
}

async function chooseAdapter(logger: Logger, loadUws: () => Promise<unknown>): Promise<Open> {
	try {
		await loadUws();
		return openUwsListener;
	} catch (error) {
		logger.warn('uWebSockets.js cannot load on this platform; serving with node:http and ws', {
			reason: error instanceof Error ? error.message : String(error),
		});
		return openWsListener;
	}
}
