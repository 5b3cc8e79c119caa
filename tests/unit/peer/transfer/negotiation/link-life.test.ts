import { beforeEach, describe, expect, test } from 'vitest';
import { GiggityflixError } from '../../../../../proto/errors.ts';
import {
	createLinkLife,
	type LinkLife,
} from '../../../../../peer/transfer/negotiation/link-life.ts';
import {
	createSleepingClock,
	type SleepingClock,
} from '../../../../support/transfer/sleeping-clock.ts';

let clock: SleepingClock;
let state: string;
let told: string[];
let closed: number;
let life: LinkLife;

beforeEach(() => {
	clock = createSleepingClock();
	state = 'new';
	told = [];
	closed = 0;
	life = createLinkLife({
		clock,
		events: {
			onOpen: () => told.push('open'),
			onClose: (error) => told.push(GiggityflixError.from(error).code),
		},
		state: () => state,
		close: () => (closed += 1),
	});
});

function enter(next: string): void {
	state = next;
	life.stateChanged();
}

describe('a link that is lost', () => {
	test.each(['failed', 'closed'])('once it was open is unavailable: %s', (next) => {
		life.opened();
		enter(next);
		expect(told).toEqual(['open', 'unavailable']);
		expect(closed).toBe(1);
		expect(life.ended.aborted).toBe(true);
	});

	test('before it was open has found no route', () => {
		enter('failed');
		expect(told).toEqual(['timed-out']);
	});

	test('is lost once', () => {
		life.opened();
		life.lose();
		enter('closed');
		life.release();
		life.opened();
		expect(told).toEqual(['open', 'unavailable']);
		expect(closed).toBe(1);
	});
});

describe('a connection that is disconnected', () => {
	beforeEach(() => {
		life.opened();
		enter('disconnected');
	});

	test('has four seconds to come back', async () => {
		await clock.advance(3950);
		enter('connected');
		await clock.advance(10_000);
		expect(told).toEqual(['open']);
		expect(life.ended.aborted).toBe(false);
	});

	test('is lost after them', async () => {
		await clock.advance(4000);
		expect(told).toEqual(['open', 'unavailable']);
	});

	test('that is let go of wakes nobody', async () => {
		life.release();
		expect(clock.sleeping()).toBe(0);
		await clock.advance(10_000);
		expect(told).toEqual(['open']);
	});
});

test('a link that is let go of tells nobody', () => {
	life.release();
	enter('closed');
	life.lose();
	expect(told).toEqual([]);
	expect(closed).toBe(1);
});
