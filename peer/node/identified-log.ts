// The log of a peer: every line names it, as soon as it has a name. Does not know where the lines go.
import type { Log } from '../../bus/pino-log.ts';

export function identifiedLog(log: Log, peerId: () => string | undefined): Log {
	const withId = (fields?: Readonly<Record<string, unknown>>) => {
		const id = peerId();
		return id === undefined ? fields : { peerId: id, ...fields };
	};
	return {
		info: (message, fields) => log.info(message, withId(fields)),
		warn: (message, fields) => log.warn(message, withId(fields)),
		error: (message, fields) => log.error(message, withId(fields)),
		child: (fields) => identifiedLog(log.child(fields), peerId),
	};
}
