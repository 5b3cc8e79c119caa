import { beforeEach, describe, expect, it } from 'vitest';
import { createTurnOutbox } from '../../../../edge-server/announce/turn-outbox.ts';
import { toWireText } from '../../../../edge-server/announce/wire-text.ts';

describe('the outbox of a turn', () => {
	let log: string[];
	let flushes: (() => void)[];
	let open: (name: string) => ReturnType<ReturnType<typeof createTurnOutbox>>;

	beforeEach(() => {
		log = [];
		flushes = [];
		const gather = createTurnOutbox((flush) => flushes.push(flush));
		open = (name) =>
			gather({
				send: (content) => log.push(`${name} ${String(content)}`),
				close: (code, reason) => log.push(`${name} closed ${code} ${reason}`),
				cork(write) {
					log.push(`${name} corked`);
					write();
					log.push(`${name} uncorked`);
				},
			});
	});
	const endTurn = () => {
		for (const flush of flushes.splice(0)) flush();
	};

	it('sends nothing before the turn ends, then each socket its share in order', () => {
		const [ann, ben] = [open('ann'), open('ben')];
		ann.send(toWireText('1'));
		ben.send(toWireText('2'));
		ann.send(toWireText('3'));
		expect(log).toEqual([]);
		expect(flushes).toHaveLength(1);
		endTurn();
		expect(log).toEqual(['ann corked', 'ann 1', 'ann 3', 'ann uncorked', 'ben 2']);
	});

	it('keeps turns apart', () => {
		const ann = open('ann');
		ann.send(toWireText('1'));
		endTurn();
		ann.send(toWireText('2'));
		endTurn();
		endTurn();
		expect(log).toEqual(['ann 1', 'ann 2']);
	});

	it('sends what waits before it closes, and nothing twice', () => {
		const ann = open('ann');
		ann.send(toWireText('1'));
		ann.close(1008, 'too many messages');
		endTurn();
		expect(log).toEqual(['ann 1', 'ann closed 1008 too many messages']);
	});
});
