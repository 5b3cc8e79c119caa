import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { createCommandRunner } from '../../../../edge-server/commands/command-runner.ts';
import {
	createSession,
	type EdgeBody,
	type Session,
} from '../../../../edge-server/sessions/session.ts';
import {
	FileDeleteRequestSchema,
	FileDeleteResponseSchema,
	FileHashRequestSchema,
	FileHashResponseSchema,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { randomId, parsePeerId, type CommandId, type SessionId } from '../../../../proto/ids.ts';
import { createCountingBytes, settle } from '../../../support/edge-world.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const ada = parsePeerId('ada');
const randomBytes = createCountingBytes();
const never = new AbortController().signal;

function open() {
	const clock = createManualClock();
	const sessions = new Map<string, Session>();
	const runner = createCommandRunner({ clock, findSession: (peerId) => sessions.get(peerId) });
	return {
		clock,
		runner,
		sessions,
		connect: (peerId: string) => {
			const said: EdgeBody[] = [];
			const session = createSession({
				id: randomId<SessionId>(randomBytes),
				nonce: new Uint8Array(32),
				helloTimeoutMs: 10_000,
				clock,
				onEnded: (ended) => {
					sessions.delete(peerId);
					runner.sessionEnded(ended);
				},
				stream: {
					door: 'grpc',
					remoteAddress: '192.0.2.1',
					send: ({ body }) => void said.push(body as EdgeBody),
					bufferedBytes: () => 0,
					close: () => undefined,
				},
			});
			session.claim(parsePeerId(peerId));
			sessions.set(peerId, session);
			return { session, said };
		},
	};
}

function deletion(commandId = randomId<CommandId>(randomBytes)) {
	const value = create(FileDeleteRequestSchema, { catalogId: 'a'.repeat(26) });
	return { commandId, peerId: ada, request: { case: 'fileDelete', value } as const };
}

const deleted = (commandId: string, failure?: { message: string }) =>
	({
		case: 'fileDelete',
		value: create(FileDeleteResponseSchema, { commandId, ...(failure && { failure }) }),
	}) as const;

describe('createCommandRunner', () => {
	it('sends the request and gives the answer, failures of the peer included', async () => {
		const { clock, runner, connect } = open();
		const { session, said } = connect('ada');
		const command = deletion();
		const outcome = runner.run(command, never);
		expect(said).toMatchObject([
			{ case: 'fileDeleteRequest', value: { commandId: command.commandId } },
		]);
		runner.answered(session, deleted(command.commandId, { message: 'read-only' }));
		expect((await outcome).value.failure?.message).toBe('read-only');
		expect(clock.pending()).toBe(0);
	});

	it('says at once that a peer is not here, and may be asked again', async () => {
		const { runner, connect } = open();
		const command = deletion();
		await expect(runner.run(command, never)).rejects.toMatchObject({ code: 'unavailable' });
		const { session } = connect('ada');
		const outcome = runner.run(command, never);
		runner.answered(session, deleted(command.commandId));
		await outcome;
	});

	it('does not wait longer than the kind of command may take', async () => {
		const { clock, runner, connect } = open();
		const { session } = connect('ada');
		const command = deletion();
		const outcome = expect(runner.run(command, never)).rejects.toMatchObject({ code: 'timed-out' });
		clock.advance(15_000);
		await outcome;
		// Too late: dropped.
		runner.answered(session, deleted(command.commandId));
		await expect(runner.run(command, never)).rejects.toMatchObject({ code: 'timed-out' });
	});

	it('executes a command once, whoever repeats it and whenever', async () => {
		const { runner, connect } = open();
		const { session, said } = connect('ada');
		const command = deletion();
		const outcomes = [runner.run(command, never), runner.run(command, never)];
		runner.answered(session, deleted(command.commandId));
		outcomes.push(runner.run(command, never));
		expect(new Set(await Promise.all(outcomes)).size).toBe(1);
		expect(said).toHaveLength(1);
	});

	it('refuses another command under the same id', async () => {
		const { runner, connect } = open();
		connect('ada');
		const command = deletion();
		void runner.run(command, never).catch(() => undefined);
		const value = create(FileHashRequestSchema, { catalogId: 'a'.repeat(26) });
		const other = { ...command, request: { case: 'fileHash', value } as const };
		await expect(runner.run(other, never)).rejects.toMatchObject({ code: 'already-exists' });
		const elsewhere = { ...command, peerId: parsePeerId('bob') };
		await expect(runner.run(elsewhere, never)).rejects.toMatchObject({ code: 'already-exists' });
	});

	it('takes an answer only from the session it asked, and only of its kind', async () => {
		const { runner, connect } = open();
		const { session } = connect('ada');
		const { session: mallory } = connect('mallory');
		const command = deletion();
		let outcome: unknown;
		void runner.run(command, never).then((answer) => (outcome = answer));
		runner.answered(mallory, deleted(command.commandId));
		const { commandId } = command;
		const value = create(FileHashResponseSchema, { commandId, mediaId: new Uint8Array(32) });
		runner.answered(session, { case: 'fileHash', value });
		runner.answered(session, deleted(randomId<CommandId>(randomBytes)));
		await settle();
		expect(outcome).toBeUndefined();
		runner.answered(session, deleted(commandId));
		await settle();
		expect(outcome).toBeDefined();
	});

	it('fails what waits for a session that ends', async () => {
		const { clock, runner, connect } = open();
		const { session } = connect('ada');
		const outcome = runner.run(deletion(), never);
		session.gone();
		await expect(outcome).rejects.toMatchObject({ code: 'unavailable' });
		expect(clock.pending()).toBe(0);
	});

	it('rejects an answer that cannot be right', async () => {
		const { runner, connect } = open();
		const { session } = connect('ada');
		const value = create(FileHashRequestSchema, { catalogId: 'a'.repeat(26) });
		const command = { ...deletion(), request: { case: 'fileHash', value } as const };
		const outcome = runner.run(command, never);
		const { commandId } = command;
		runner.answered(session, {
			case: 'fileHash',
			value: create(FileHashResponseSchema, { commandId, mediaId: new Uint8Array(3) }),
		});
		await expect(outcome).rejects.toMatchObject({ code: 'corrupt' });
	});

	it('lets go of a caller that aborts, and still knows the outcome', async () => {
		const { runner, connect } = open();
		const { session, said } = connect('ada');
		const command = deletion();
		const caller = new AbortController();
		const abandoned = runner.run(command, caller.signal);
		caller.abort(new Error('gone home'));
		await expect(abandoned).rejects.toThrow('gone home');
		runner.answered(session, deleted(command.commandId));
		expect(await runner.run(command, never)).toMatchObject({ case: 'fileDelete' });
		expect(said).toHaveLength(1);
		await expect(runner.run(deletion(), caller.signal)).rejects.toThrow('gone home');
		expect(said).toHaveLength(1);
	});

	it('remembers only so many outcomes, the newest', async () => {
		const { runner, connect } = open();
		const { session, said } = connect('ada');
		const commands = Array.from({ length: 258 }, () => deletion());
		for (const command of commands) {
			const outcome = runner.run(command, never);
			runner.answered(session, deleted(command.commandId));
			await outcome;
		}
		void runner.run(commands.at(-1)!, never);
		expect(said).toHaveLength(258);
		void runner.run(commands[0]!, never);
		expect(said).toHaveLength(259);
	});
});
