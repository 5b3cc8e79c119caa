// The yardstick of the announce tracker: bittorrent-tracker's server with nothing but WebSockets, without
// compression. Started by announce.ts as a process of its own; prints its port.
import Server from 'bittorrent-tracker/server';

const server = new Server({
	http: false,
	udp: false,
	ws: { perMessageDeflate: false },
	stats: false,
});
server.listen(0, '127.0.0.1', () => {
	console.log(`port ${server.ws.address().port}`);
});
