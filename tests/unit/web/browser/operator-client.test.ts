import { describe, expect, it } from 'vitest';
import { createOperatorClient } from '../../../../web/lib/browser/operator-client.ts';

function open(answer: () => Response | Promise<Response>) {
	const asked: { url: string; init: RequestInit | undefined }[] = [];
	const client = createOperatorClient(async (input, init) => {
		asked.push({ url: input as string, init });
		return answer();
	});
	return { client, asked };
}

describe('createOperatorClient', () => {
	it('shows the token and asks for what is searched', async () => {
		const { client, asked } = open(() => Response.json({ edgeId: 'edge-a' }));
		const query = { peers: 'a&b', films: '' };
		expect(await client.snapshot('secret', query)).toEqual({ edgeId: 'edge-a' });
		expect(asked[0]?.url).toBe('/api/operator/snapshot?peers=a%26b&films=');
		expect(asked[0]?.init?.headers).toEqual({ authorization: 'Bearer secret' });
	});

	it('posts commands, asks for pictures and closes sessions', async () => {
		const { client, asked } = open(() => Response.json({ pictures: [] }));
		const command = { peerId: 'ada', command: { kind: 'file-hash', catalogId: 'x' } } as const;
		await client.send('secret', command);
		expect(await client.pictures('secret', 'c/1')).toEqual([]);
		await client.closeSession('secret', 's1');
		expect(asked.map(({ url, init }) => [init?.method, url, init?.body])).toEqual([
			['POST', '/api/operator/commands', JSON.stringify(command)],
			[undefined, '/api/operator/commands/c%2F1/pictures', undefined],
			['DELETE', '/api/operator/sessions/s1', undefined],
		]);
	});

	it.each<[string, () => Response | Promise<Response>, string]>([
		['a refusal', () => Response.json({ code: 'not-found' }, { status: 404 }), 'not-found'],
		['an unknown code', () => Response.json({ code: 'odd' }, { status: 400 }), 'unavailable'],
		['a proxy', () => new Response('<h1>Bad gateway</h1>', { status: 502 }), 'unavailable'],
		['no server', () => Promise.reject(new TypeError('Failed to fetch')), 'unavailable'],
	])('makes an error with a code of %s', async (_, answer, code) => {
		await expect(open(answer).client.closeSession('secret', 's1')).rejects.toMatchObject({ code });
	});
});
