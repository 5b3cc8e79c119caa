// A Ctrl-C in a terminal reaches a program twice, by itself and by the script that started it: it ends in order.
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { startHousehold } from '../support/household.ts';

it('a key that arrives twice ends the product in order', async () => {
	const household = await startHousehold();
	// It has heard that it is started, and listens to signals, by the time it answers.
	expect((await fetch(`${household.url}/healthz`)).status).toBe(200);
	const exited = once(household.process, 'exit');
	household.process.kill('SIGINT');
	household.process.kill('SIGINT');
	expect(await exited).toEqual([0, null]);
	await household.dispose();
});
