import { expect, it } from 'vitest';
import { openLog } from '../../../../bus/pino-log.ts';
import { identifiedLog } from '../../../../peer/node/identified-log.ts';

it('names the peer on every line, as soon as it has a name', () => {
	const lines: Record<string, unknown>[] = [];
	const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
	const names: string[] = [];
	const log = identifiedLog(openLog('info', { write }), () => names[0]);
	log.info('starting');
	names.push('attic');
	log.info('online', { edgeId: 'edge-a' });
	log.child({ program: 'peer' }).warn('trouble');
	log.error('of another', { peerId: 'cellar' });
	expect(lines).toMatchObject([
		{ msg: 'starting' },
		{ msg: 'online', peerId: 'attic', edgeId: 'edge-a' },
		{ msg: 'trouble', peerId: 'attic', program: 'peer' },
		{ msg: 'of another', peerId: 'cellar' },
	]);
	expect(lines[0]).not.toHaveProperty('peerId');
});
