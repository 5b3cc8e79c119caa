import { describe, expect, it } from 'vitest';
import { withLogFields } from '../../../bus/log-context.ts';
import { openLog } from '../../../bus/pino-log.ts';

function open(level = 'info') {
	const lines: Record<string, unknown>[] = [];
	const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
	return { lines, log: openLog(level, { write }) };
}

describe('openLog', () => {
	it('writes JSON lines with the message, its fields and those of its parents', () => {
		const { lines, log } = open();
		log.child({ program: 'edge' }).warn('a lease was lost', { code: 'unavailable' });
		expect(lines).toMatchObject([
			{ level: 40, msg: 'a lease was lost', program: 'edge', code: 'unavailable' },
		]);
	});

	it('adds the ids that are bound, across promises, and nobody else’s', async () => {
		const { lines, log } = open();
		const work = (requestId: string, peerId: string) =>
			withLogFields({ requestId }, async () => {
				await Promise.resolve();
				await withLogFields({ peerId }, async () => {
					await Promise.resolve();
					log.info('done');
				});
				log.info('left');
			});
		await Promise.all([work('request-1', 'ada'), work('request-2', 'bob')]);
		log.info('outside');
		const ids = lines.map(({ msg, requestId, peerId }) => [msg, requestId, peerId]);
		expect(ids.sort()).toEqual([
			['done', 'request-1', 'ada'],
			['done', 'request-2', 'bob'],
			['left', 'request-1', undefined],
			['left', 'request-2', undefined],
			['outside', undefined, undefined],
		]);
	});

	it('lets a field of the line itself win, and is silent below its level', () => {
		const { lines, log } = open('warn');
		withLogFields({ peerId: 'ada' }, () => {
			log.info('not important');
			log.error('about another one', { peerId: 'bob' });
		});
		expect(lines).toMatchObject([{ msg: 'about another one', peerId: 'bob' }]);
	});
});
