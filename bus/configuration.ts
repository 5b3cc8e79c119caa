// How a program reads its configuration: one table of settings per program, each variable with its type,
// default and description, read once. The same table answers --help and makes the README's. Owns no
// variable itself; shared-settings.ts has those that several programs read.
import { z } from 'zod';

/** One variable. Defaults are written as a person would write them in the environment. */
interface Setting<Value = unknown> {
	/** Turns the text of the variable into the value, or says in words what is wrong with it. */
	readonly type: z.ZodType<Value, string>;
	readonly default: string;
	/** One sentence for --help and the README. */
	readonly description: string;
	/** Never printed. */
	readonly secret?: true;
	/** An empty variable says something; without this it counts as not set, as compose files leave it. */
	readonly allowsEmpty?: true;
}

export type Settings = Readonly<Record<string, Setting>>;

/** The typed values, by variable name. */
export type ConfigOf<S extends Settings> = {
	readonly [Name in keyof S]: S[Name] extends Setting<infer Value> ? Value : never;
};

/** A row of --help and of the README's table. */
export interface SettingRow {
	readonly name: string;
	readonly default: string;
	readonly description: string;
}

export interface ConfigDefinition<S extends Settings> {
	readonly settings: S;
	/** Throws `ConfigError` with every mistake at once. */
	readConfig(env: Readonly<Record<string, string | undefined>>): ConfigOf<S>;
	/** The rows, in the order they are defined. */
	describeConfig(): SettingRow[];
}

/** What is wrong with the environment, one line for each variable; the text of a secret is left out. */
export class ConfigError extends Error {
	override readonly name = 'ConfigError';
	readonly problems: readonly string[];

	constructor(problems: readonly string[]) {
		super(`The configuration cannot be used:\n${problems.map((line) => `  ${line}`).join('\n')}`);
		this.problems = problems;
	}
}

/** `check` looks at values that are each right and answers what is wrong with them together. */
export function defineConfig<const S extends Settings>(
	settings: S,
	check: (config: ConfigOf<S>) => readonly string[] = () => [],
): ConfigDefinition<S> {
	return {
		settings,
		readConfig: (env) => {
			const config = readSettings(settings, env);
			const problems = check(config);
			if (problems.length > 0) throw new ConfigError(problems);
			return config;
		},
		describeConfig: () =>
			Object.entries(settings).map(([name, setting]) => ({
				name,
				default: setting.default,
				description: setting.description,
			})),
	};
}

/** The rows as --help prints them. */
export function formatHelp(program: string, rows: readonly SettingRow[]): string {
	const lines = rows.map(
		(row) =>
			`  ${row.name}\n      ${row.description}\n      Default: ${row.default === '' ? 'not set' : row.default}`,
	);
	return `${program}\n\nEnvironment variables:\n\n${lines.join('\n\n')}\n`;
}

function readSettings<S extends Settings>(
	settings: S,
	env: Readonly<Record<string, string | undefined>>,
): ConfigOf<S> {
	const values: Record<string, unknown> = {};
	const problems: string[] = [];
	for (const [name, setting] of Object.entries(settings)) {
		const text = textOf(setting, env[name]);
		const parsed = setting.type.safeParse(text);
		if (parsed.success) values[name] = parsed.data;
		else problems.push(problemWith(name, setting, text, parsed.error));
	}
	if (problems.length > 0) throw new ConfigError(problems);
	// Every key of `settings` was parsed by its own type just above.
	return values as ConfigOf<S>;
}

function textOf(setting: Setting, given: string | undefined): string {
	const text = given?.trim();
	if (text === undefined || (text === '' && setting.allowsEmpty !== true)) return setting.default;
	return text;
}

function problemWith(name: string, setting: Setting, text: string, error: z.ZodError): string {
	const reasons = error.issues.map((issue) => issue.message).join('; ');
	return setting.secret === true ? `${name}: ${reasons}` : `${name}=${text}: ${reasons}`;
}

/** A whole number within bounds, written in digits. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
	const message = `must be a whole number from ${min} to ${max}`;
	return z
		.string()
		.regex(/^-?\d{1,15}$/, message)
		.transform(Number)
		.refine((value) => value >= min && value <= max, message);
}

/** `true` or `false`, also as 1 and 0. */
export const yesOrNo: z.ZodType<boolean, string> = z
	.enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
	.transform((text) => text === 'true' || text === '1');

/** Text of any kind; `undefined` when empty. */
export const optionalText: z.ZodType<string | undefined, string> = z
	.string()
	.transform((text) => (text === '' ? undefined : text));

/** Parts separated by commas, each checked by its own type; blanks around them and empty parts do not count. */
export function listOf<Value>(part: z.ZodType<Value, string>): z.ZodType<Value[], string> {
	return z
		.string()
		.transform((text) =>
			text
				.split(',')
				.map((each) => each.trim())
				.filter((each) => each !== ''),
		)
		.pipe(z.array(part));
}

/** Where to listen or connect, written `host:port`; an IPv6 host in brackets. */
export interface Address {
	readonly host: string;
	readonly port: number;
}

export const address: z.ZodType<Address, string> = z
	.string()
	.regex(/^(\[[0-9a-f:.]+\]|[^:\s/]+):\d{1,5}$/i, 'must be host:port')
	.transform((text) => {
		const colon = text.lastIndexOf(':');
		return {
			host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
			port: Number(text.slice(colon + 1)),
		};
	})
	.refine(({ port }) => port <= 65_535, 'must have a port from 0 to 65535');

/** An address, or `undefined` for an empty text. */
export const optionalAddress: z.ZodType<Address | undefined, string> = z.union([
	z.literal('').transform(() => undefined),
	address,
]);

/** Files of a certificate and its key, in PEM. */
export interface TlsFiles {
	readonly certFile: string;
	readonly keyFile: string;
}
