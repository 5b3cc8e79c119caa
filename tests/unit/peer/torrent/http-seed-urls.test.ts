import { describe, expect, it } from 'vitest';
import { readHttpSeedUrls } from '../../../../peer/torrent/http-seed-urls.ts';

describe('readHttpSeedUrls', () => {
	it('takes web addresses, each once, without what browsers do not send', () => {
		expect(
			readHttpSeedUrls([
				'https://films.example/a b#part',
				'http://10.0.0.1:8080',
				'https://films.example/a%20b',
			]),
		).toEqual(['https://films.example/a%20b', 'http://10.0.0.1:8080/']);
	});

	it.each([
		['another protocol', 'ftp://films.example/a'],
		['a script', 'javascript:alert(1)'],
		['a file', 'file:///etc/passwd'],
		['a password', 'https://me:secret@films.example/a'],
		['no address', 'films'],
		['too long an address', `https://films.example/${'x'.repeat(512)}`],
	])('leaves out %s', (_, text) => {
		expect(readHttpSeedUrls([text])).toEqual([]);
	});

	it('takes twenty and no more', () => {
		const texts = Array.from({ length: 50 }, (_, index) => `https://s${String(index)}.example/`);
		expect(readHttpSeedUrls(texts)).toHaveLength(20);
	});
});
