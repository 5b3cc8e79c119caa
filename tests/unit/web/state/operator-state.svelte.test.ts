// The operator's state against a server of a few lines: what is kept, what is asked for again and when.
import { describe, expect, it } from 'vitest';
import { GiggityflixError, type ErrorCode } from '../../../../proto/errors.ts';
import type { OperatorQuery, OperatorSnapshot } from '../../../../proto/operator.ts';
import { OperatorState } from '../../../../web/lib/state/operator-state.svelte.ts';

const right = 'the right token';

function world(stored?: string) {
	const kept = new Map<string, string>();
	if (stored !== undefined) kept.set('giggityflix.operator-token', stored);
	const said: string[] = [];
	const asked: OperatorQuery[] = [];
	const sent: unknown[] = [];
	const timers = new Set<() => void>();
	const server = { failsWith: undefined as ErrorCode | undefined, isVisible: true };
	const check = (token: string) => {
		const code = token === right ? server.failsWith : 'unauthenticated';
		if (code) throw new GiggityflixError(code, 'no');
	};
	const operator = new OperatorState({
		client: {
			snapshot: async (token, query) => {
				check(token);
				asked.push(query);
				return { edgeId: 'edge-a', takenAtMs: asked.length } as OperatorSnapshot;
			},
			send: async (token, command) => {
				check(token);
				sent.push(command);
			},
			pictures: async () => [{ atMs: 5, image: '' }],
			closeSession: async (token, sessionId) => {
				check(token);
				sent.push(sessionId);
			},
		},
		tokens: {
			getItem: (key) => kept.get(key) ?? null,
			setItem: (key, value) => void kept.set(key, value),
			removeItem: (key) => void kept.delete(key),
		},
		toasts: { show: (text) => (said.push(text), () => undefined) },
		after: (_, callback) => {
			timers.add(callback);
			return () => timers.delete(callback);
		},
		isVisible: () => server.isVisible,
	});
	const tick = async () => {
		const due = [...timers];
		timers.clear();
		for (const callback of due) callback();
		await new Promise((resolve) => setTimeout(resolve));
	};
	return { operator, kept, said, asked, sent, server, timers, tick };
}

describe('the operator page', () => {
	it('keeps a right token for the tab and looks again and again', async () => {
		const { operator, kept, tick } = world();
		operator.start();
		expect(operator.hasToken).toBe(false);
		await operator.enter(right);
		expect(operator.snapshot?.takenAtMs).toBe(1);
		expect([...kept.values()]).toEqual([right]);
		await tick();
		expect(operator.snapshot?.takenAtMs).toBe(2);
	});

	it('opens by itself with the token of this tab, and stops with the page', async () => {
		const { operator, timers, tick } = world(right);
		const stop = operator.start();
		await tick();
		expect(operator.snapshot).toBeDefined();
		stop();
		expect(timers.size).toBe(0);
	});

	it.each<ErrorCode>(['unauthenticated', 'not-found', 'resource-exhausted'])(
		'forgets a token the server answers with %s',
		async (code) => {
			const { operator, kept, server, timers } = world(right);
			server.failsWith = code;
			await operator.enter(right);
			expect(operator.problem).toBe(code);
			expect(operator.hasToken).toBe(false);
			expect(operator.snapshot).toBeUndefined();
			expect(kept.size + timers.size).toBe(0);
		},
	);

	it('waits for a server that is away, and shows what it saw last', async () => {
		const { operator, server, tick } = world();
		await operator.enter(right);
		server.failsWith = 'unavailable';
		await tick();
		expect(operator.problem).toBe('unavailable');
		expect(operator.snapshot).toBeDefined();
		server.failsWith = undefined;
		await tick();
		expect(operator.problem).toBeUndefined();
	});

	it('does not look while nobody sees the page', async () => {
		const { operator, asked, server, tick } = world();
		await operator.enter(right);
		server.isVisible = false;
		await tick();
		await tick();
		expect(asked).toHaveLength(1);
		server.isVisible = true;
		await tick();
		expect(asked).toHaveLength(2);
	});

	it('searches at once, and drops the answer to what was asked before', async () => {
		const { operator, asked, tick } = world();
		await operator.enter(right);
		operator.search({ peers: 'ada' });
		operator.search({ films: 'home' });
		await tick();
		expect(asked.at(-1)).toEqual({ peers: 'ada', films: 'home' });
		expect(operator.snapshot?.takenAtMs).toBe(3);
	});

	it('sends commands and closes sessions, looks at once, and tells of a refusal', async () => {
		const { operator, sent, said, asked, server } = world();
		await operator.enter(right);
		const command = { peerId: 'ada', command: { kind: 'file-hash', catalogId: 'x' } } as const;
		await operator.send(command);
		await operator.closeSession('s1');
		expect(sent).toEqual([command, 's1']);
		expect(asked.length).toBeGreaterThan(2);
		server.failsWith = 'permission-denied';
		await operator.send(command);
		expect(said).toEqual(['The command failed: the peer does not allow it (permission-denied).']);
	});

	it('shows pictures and forgets everything with the token', async () => {
		const { operator, kept } = world();
		await operator.enter(right);
		await operator.showPictures('c1');
		expect(operator.pictures).toEqual({ commandId: 'c1', pictures: [{ atMs: 5, image: '' }] });
		operator.leave();
		expect(operator.pictures).toBeUndefined();
		expect(operator.snapshot).toBeUndefined();
		expect(kept.size).toBe(0);
	});
});
