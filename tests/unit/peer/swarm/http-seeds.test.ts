import { describe, expect, it } from 'vitest';
import { chooseHttpSeeds, isInOwnNetwork } from '../../../../peer/swarm/http-seeds.ts';

describe('chooseHttpSeeds', () => {
	const listed = ['http://a.example/', 'https://b.example/', 'https://c.example/'];

	it('asks those a secure page may ask', () => {
		expect(chooseHttpSeeds(listed, 'wss://films.example/announce')).toEqual({
			asked: ['https://b.example/', 'https://c.example/'],
			ignored: ['http://a.example/'],
		});
		expect(chooseHttpSeeds(listed, 'ws://localhost/announce').ignored).toEqual([]);
	});

	it('asks four at most', () => {
		const many = Array.from({ length: 9 }, (_, index) => `https://s${String(index)}.example/`);
		const { asked, ignored } = chooseHttpSeeds(many, 'wss://films.example/announce');
		expect([asked.length, ignored.length]).toEqual([4, 5]);
	});
});

describe('isInOwnNetwork', () => {
	it.each([
		...['http://localhost:8080/', 'http://router/', 'https://nas.local/', 'http://nas.home.arpa/'],
		...['http://127.0.0.1/', 'http://10.1.2.3/', 'http://192.168.0.1/', 'http://172.20.0.1/'],
		...['http://169.254.1.1/', 'http://100.64.0.1/', 'http://0x7f.1/', 'http://2130706433/'],
		...['http://[::1]/', 'http://[fd00::1]/', 'http://[fe80::1]/', 'http://[::ffff:10.0.0.1]/'],
	])('knows %s', (url) => {
		expect(isInOwnNetwork(url)).toBe(true);
	});

	it.each([
		'https://films.example/',
		'http://172.32.0.1/',
		'http://8.8.8.8/',
		'http://[2001:db8::1]/',
	])('takes %s for somebody else’s', (url) => {
		expect(isInOwnNetwork(url)).toBe(false);
	});
});
