import { describe, expect, it } from 'vitest';
import { chooseTrackers } from '../../../../peer/swarm/swarm-trackers.ts';

const own = 'wss://films.example/announce';

describe('chooseTrackers', () => {
	it('asks our own edge, whatever a torrent says', () => {
		expect(chooseTrackers([], [own])).toEqual({ asked: [own], ignored: [] });
	});

	it('asks others a browser can speak to, each once', () => {
		const listed = ['udp://a:80', 'wss://b/', own, 'https://c/', 'wss://b/'];
		expect(chooseTrackers(listed, [own])).toEqual({
			asked: [own, 'wss://b/'],
			ignored: ['udp://a:80', 'https://c/'],
		});
	});

	it('asks in plain only where the page itself is plain', () => {
		expect(chooseTrackers(['ws://b/'], [own]).asked).toEqual([own]);
		const plain = 'ws://192.168.1.2:8080/announce';
		expect(chooseTrackers(['ws://b/', 'wss://c/'], [plain]).asked).toEqual([
			plain,
			'ws://b/',
			'wss://c/',
		]);
	});

	it('asks those our edge names before others', () => {
		const listed = ['wss://b/', 'wss://c/', 'wss://d/'];
		expect(chooseTrackers(listed, [own, 'wss://named/'])).toEqual({
			asked: [own, 'wss://named/', 'wss://b/', 'wss://c/'],
			ignored: ['wss://d/'],
		});
	});

	it('asks four at most', () => {
		const listed = Array.from({ length: 20 }, (_, index) => `wss://t${index}/`);
		const { asked, ignored } = chooseTrackers(listed, [own]);
		expect(asked).toHaveLength(4);
		expect(ignored).toHaveLength(17);
	});
});
