// A terminal somebody looks at: lines of a log that scroll, and below them one line that is always about now.
// Text of others, such as titles, is written without control characters, which a terminal would obey.
import type { Log } from '../../bus/pino-log.ts';

/** What is used of a TTY. */
export interface Screen {
	/** 0 where nobody has told the terminal its size: a serial line, or a container's. */
	readonly columns: number;
	write(text: string): unknown;
}

export interface Terminal {
	readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
	/** Replaces the line about now. */
	show(line: string): void;
	/** Takes the line about now away. */
	close(): void;
}

/** Return to the first column and erase what follows (ECMA-48 EL). */
const eraseLine = '\r\u001b[K';
/** Taken for the width of a terminal that does not know it. */
const usualColumns = 80;

/** `timeOfDay` stands in front of every line of the log. */
export function createTerminal(screen: Screen, timeOfDay: () => string): Terminal {
	let current = '';
	const print = (mark: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
		const text = `${timeOfDay()} ${mark}${message}${fieldText(fields)}`;
		screen.write(`${eraseLine}${plain(text)}\n${current}`);
	};
	return {
		log: { info: print(''), warn: print('Warning: '), error: print('Error: ') },
		show(line) {
			const next = cut(plain(line), (screen.columns || usualColumns) - 1);
			if (next === current) return;
			current = next;
			screen.write(eraseLine + current);
		},
		close() {
			if (current !== '') screen.write(eraseLine);
			current = '';
		},
	};
}

function fieldText(fields: Readonly<Record<string, unknown>> = {}): string {
	const texts = Object.entries(fields)
		.filter(([, value]) => value !== undefined)
		.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
	return texts.length > 0 ? ` (${texts.join(', ')})` : '';
}

function plain(text: string): string {
	return text.replaceAll(/\p{Cc}|\p{Cf}/gu, ' ');
}

/** A longer line would wrap, and only its last row could be erased. */
function cut(text: string, columns: number): string {
	const characters = Array.from(text);
	return characters.length <= columns ? text : `${characters.slice(0, columns - 1).join('')}…`;
}
