import { describe, expect, it } from 'vitest';
import type { MediaProbe, OpenFile } from '../../../../peer/ports.ts';
import { GiggityflixError, type ErrorCode } from '../../../../proto/errors.ts';
import { fallbackProbe } from '../../../../web/lib/browser/fallback-probe.ts';

const facts = (mimeType: string) => ({ mimeType, videoCodec: '', audioCodec: '' });
const file: OpenFile = {
	sizeBytes: 0,
	modifiedAtMs: 0,
	mimeType: '',
	read: () => Promise.resolve(new Uint8Array()),
};
const never = new AbortController().signal;

/** Answers with a container, or refuses with a code. */
function probe(answer: `video/${string}` | ErrorCode, asked: string[] = [], name = ''): MediaProbe {
	return {
		probe: () => {
			asked.push(name);
			return answer.startsWith('video/')
				? Promise.resolve(facts(answer))
				: Promise.reject(new GiggityflixError(answer as ErrorCode, name));
		},
	};
}

describe('fallbackProbe', () => {
	it('asks the second only when the first does not support the film', async () => {
		const asked: string[] = [];
		const first = fallbackProbe([probe('video/mp4', asked, '1'), probe('video/b', asked, '2')]);
		const second = fallbackProbe([probe('unsupported'), probe('video/x-msvideo')]);

		expect(await first.probe(file, 'a.mp4', never)).toEqual(facts('video/mp4'));
		expect(asked).toEqual(['1']);
		expect(await second.probe(file, 'a.avi', never)).toEqual(facts('video/x-msvideo'));
	});

	it.each(['corrupt', 'permission-denied', 'not-found'] as const)(
		'does not ask again about a file that is %s',
		async (code) => {
			const asked: string[] = [];
			const probes = fallbackProbe([probe(code), probe('video/mp4', asked, '2')]);

			await expect(probes.probe(file, 'a.mp4', never)).rejects.toMatchObject({ code });
			expect(asked).toEqual([]);
		},
	);

	it('passes on the last refusal', async () => {
		const probes = fallbackProbe([probe('unsupported', [], '1'), probe('unsupported', [], 'last')]);

		await expect(probes.probe(file, 'a.xyz', never)).rejects.toMatchObject({
			code: 'unsupported',
			message: 'last',
		});
	});
});
