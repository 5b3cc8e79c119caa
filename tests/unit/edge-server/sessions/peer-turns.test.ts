import { describe, expect, it } from 'vitest';
import { createPeerTurns } from '../../../../edge-server/sessions/peer-turns.ts';
import { parsePeerId } from '../../../../proto/ids.ts';
import { settle } from '../../../support/edge-world.ts';

const [ada, bob] = [parsePeerId('ada'), parsePeerId('bob')];

describe('createPeerTurns', () => {
	it('lets one peer wait for its own turn only', async () => {
		const turns = createPeerTurns();
		const trace: string[] = [];
		let finish = (): void => undefined;
		const first = turns.take(ada, () => new Promise<void>((resolve) => (finish = resolve)));
		const second = turns.take(ada, async () => void trace.push('ada again'));
		await turns.take(bob, async () => void trace.push('bob'));
		expect(trace).toEqual(['bob']);
		await settle();
		finish();
		await Promise.all([first, second]);
		expect(trace).toEqual(['bob', 'ada again']);
	});

	it('goes on after a turn that failed, and tells its owner', async () => {
		const turns = createPeerTurns();
		const failing = turns.take(ada, () => Promise.reject(new Error('refused')));
		const next = turns.take(ada, async () => 'admitted');
		await expect(failing).rejects.toThrow('refused');
		expect(await next).toBe('admitted');
	});

	it('is idle when the last turn has ended', async () => {
		const turns = createPeerTurns();
		let isDone = false;
		void turns.take(ada, async () => {
			await settle();
			isDone = true;
		});
		await turns.idle();
		expect(isDone).toBe(true);
	});
});
