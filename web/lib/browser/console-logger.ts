// The core's log in the browser's console. `info` goes to the level that browsers hide unless asked.
import type { Logger } from '../../../peer/ports.ts';

/* eslint-disable no-console -- a page has no other log, and this is the only place that writes to it. */
export const consoleLogger: Logger = {
	info: (message, fields) => console.debug(message, fields ?? ''),
	warn: (message, fields) => console.warn(message, fields ?? ''),
};
