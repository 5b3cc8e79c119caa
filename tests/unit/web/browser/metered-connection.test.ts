import { expect, it, vi } from 'vitest';
import {
	meteredConnection,
	type NetworkInformation,
} from '../../../../web/lib/browser/metered-connection.ts';

const network = (facts: { type?: string; saveData?: boolean }): NetworkInformation =>
	Object.assign(new EventTarget(), facts);

it.each([
	[network({ type: 'cellular', saveData: false }), true],
	[network({ type: 'wifi', saveData: true }), true],
	[network({ type: 'wifi', saveData: false }), false],
	[network({}), false],
	[undefined, false],
])('is metered on a mobile network, and where data is to be saved', (connection, isMetered) => {
	expect(meteredConnection(connection).isMetered()).toBe(isMetered);
});

it('tells of a change until it is told not to', () => {
	const connection = network({ type: 'wifi' });
	const listener = vi.fn();
	const stop = meteredConnection(connection).onChange(listener);
	connection.dispatchEvent(new Event('change'));
	stop();
	connection.dispatchEvent(new Event('change'));
	expect(listener).toHaveBeenCalledTimes(1);
});
