import { describe, expect, it } from 'vitest';
import { openMetricRegistry } from '../../../../bus/metric-registry.ts';
import { createPeerTraffic } from '../../../../edge-server/http/peer-traffic.ts';

const lines = (text: string) =>
	text.split('\n').filter((line) => line.startsWith('giggityflix_edge_'));

describe('createPeerTraffic', () => {
	it('tells what passed each door each way, however often it is read', async () => {
		const registry = openMetricRegistry();
		const traffic = createPeerTraffic(registry);
		expect(lines(await registry.metrics())).toEqual([]);
		traffic.countBytes('websocket', 'in', 100);
		traffic.countBytes('websocket', 'in', 20);
		traffic.countBytes('grpc', 'out', 7);
		traffic.countMessage('websocket', 'in', 'heartbeat');
		traffic.countMessage('websocket', 'in', 'heartbeat');
		traffic.countMessage('websocket', 'out', 'heartbeat');
		const told = [
			'giggityflix_edge_bytes_total{door="websocket",direction="in"} 120',
			'giggityflix_edge_bytes_total{door="grpc",direction="out"} 7',
			'giggityflix_edge_messages_total{door="websocket",direction="in",message="heartbeat"} 2',
			'giggityflix_edge_messages_total{door="websocket",direction="out",message="heartbeat"} 1',
		];
		expect(lines(await registry.metrics())).toEqual(told);
		expect(lines(await registry.metrics())).toEqual(told);
	});
});
