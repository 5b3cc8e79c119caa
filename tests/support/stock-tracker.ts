// A stock bittorrent-tracker server that speaks WebSocket, on a free port of the loopback interface.
import Server from 'bittorrent-tracker/server';

export interface StockTracker {
	readonly url: string;
	close(): Promise<void>;
}

export async function startStockTracker(): Promise<StockTracker> {
	const server = new Server({ udp: false, http: false, ws: true, stats: false });
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `ws://127.0.0.1:${server.ws.address().port}/`,
		close: () => new Promise((resolve) => server.close(resolve)),
	};
}
