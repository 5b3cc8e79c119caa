// The log of a program on pino: sentences on a terminal, JSON lines anywhere else. Turns our argument
// order, message first, into pino's, and adds the ids that are bound (log-context.ts). Chosen in main.ts files.
import pino, { type DestinationStream } from 'pino';
import { currentLogFields } from './log-context.ts';

export interface Log {
	info(message: string, fields?: Readonly<Record<string, unknown>>): void;
	warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
	error(message: string, fields?: Readonly<Record<string, unknown>>): void;
	/** The same log with fields on every line. */
	child(fields: Readonly<Record<string, unknown>>): Log;
}

/** `level` is one of `logLevels` (shared-settings.ts). Lines go to `destination`, or to the standard output. */
export function openLog(level: string, destination?: DestinationStream): Log {
	// Copied, because pino writes into what it is given.
	const mixin = () => ({ ...currentLogFields() });
	if (destination) return wrap(pino({ level, mixin }, destination));
	if (!process.stdout.isTTY) return wrap(pino({ level, mixin }));
	const options = { ignore: 'pid,hostname,program', translateTime: 'SYS:HH:MM:ss' };
	return wrap(pino({ level, mixin, transport: { target: 'pino-pretty', options } }));
}

function wrap(logger: pino.Logger): Log {
	return {
		info: (message, fields) => logger.info(fields ?? {}, message),
		warn: (message, fields) => logger.warn(fields ?? {}, message),
		error: (message, fields) => logger.error(fields ?? {}, message),
		child: (fields) => wrap(logger.child(fields)),
	};
}
