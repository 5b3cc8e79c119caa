import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
	address,
	ConfigError,
	defineConfig,
	formatHelp,
	listOf,
	optionalAddress,
	optionalText,
	wholeNumber,
	yesOrNo,
} from '../../../bus/configuration.ts';

const definition = defineConfig({
	PORT: { type: wholeNumber(0, 65_535), default: '8080', description: 'Port.' },
	SERVERS: {
		type: listOf(z.string().startsWith('stun:', 'must be a stun: URL')),
		default: '',
		description: 'Servers.',
	},
	TOKEN: { type: optionalText, default: '', description: 'Token.', secret: true },
	SECRET: {
		type: z.string().min(8, 'is too short'),
		default: 'long enough',
		description: 'Secret.',
		secret: true,
	},
	GRPC: {
		type: optionalAddress,
		default: '0.0.0.0:50051',
		description: 'Address.',
		allowsEmpty: true,
	},
	TLS: { type: yesOrNo, default: 'false', description: 'TLS.' },
});

describe('readConfig', () => {
	it('answers defaults for what is absent and for what is empty', () => {
		const expected = {
			PORT: 8080,
			SERVERS: [],
			TOKEN: undefined,
			SECRET: 'long enough',
			GRPC: { host: '0.0.0.0', port: 50_051 },
			TLS: false,
		};
		expect(definition.readConfig({})).toEqual(expected);
		expect(definition.readConfig({ PORT: '', SERVERS: ' ', SECRET: '' })).toEqual(expected);
	});

	it('reads every kind of value', () => {
		const config = definition.readConfig({
			PORT: ' 0 ',
			SERVERS: 'stun:a:1, stun:b:2,,',
			TOKEN: 'abc',
			GRPC: '[::1]:7000',
			TLS: '1',
		});
		expect(config).toMatchObject({
			PORT: 0,
			SERVERS: ['stun:a:1', 'stun:b:2'],
			TOKEN: 'abc',
			GRPC: { host: '::1', port: 7000 },
			TLS: true,
		});
	});

	it('lets an empty variable speak where that has a meaning', () => {
		expect(definition.readConfig({ GRPC: '' }).GRPC).toBeUndefined();
	});

	it('reports all mistakes at once, without the text of a secret', () => {
		const read = () =>
			definition.readConfig({ PORT: '80x', SERVERS: 'http://a', SECRET: 'hunter2', TLS: 'maybe' });
		expect(read).toThrow(ConfigError);
		try {
			read();
		} catch (error) {
			const text = (error as ConfigError).message;
			expect((error as ConfigError).problems).toHaveLength(4);
			expect(text).toContain('PORT=80x: must be a whole number from 0 to 65535');
			expect(text).toContain('SERVERS=http://a: must be a stun: URL');
			expect(text).toContain('SECRET: is too short');
			expect(text).not.toContain('hunter2');
		}
	});

	it('reports values that do not go together', () => {
		const { readConfig } = defineConfig(
			{
				FROM: { type: wholeNumber(0, 9), default: '1', description: 'From.' },
				TO: { type: wholeNumber(0, 9), default: '2', description: 'To.' },
			},
			({ FROM, TO }) => (FROM < TO ? [] : ['FROM must be less than TO']),
		);
		expect(readConfig({})).toEqual({ FROM: 1, TO: 2 });
		expect(() => readConfig({ FROM: '2' })).toThrow('FROM must be less than TO');
	});

	it.each(['-1', '65536', '1.5', '0x10', '99999999999999999999'])(
		'refuses %s as a port',
		(text) => {
			expect(() => definition.readConfig({ PORT: text })).toThrow(ConfigError);
		},
	);

	it.each(['localhost', ':80', 'a b:80', 'http://a:80', 'a:65536', '::1:80'])(
		'refuses %s as an address',
		(text) => {
			expect(address.safeParse(text).success).toBe(false);
		},
	);
});

describe('describeConfig', () => {
	it('has a row for every variable, which --help prints', () => {
		const rows = definition.describeConfig();
		expect(rows.map((row) => row.name)).toEqual([
			'PORT',
			'SERVERS',
			'TOKEN',
			'SECRET',
			'GRPC',
			'TLS',
		]);
		const help = formatHelp('edge', rows);
		expect(help).toContain('  GRPC\n      Address.\n      Default: 0.0.0.0:50051');
		expect(help).toContain('  TOKEN\n      Token.\n      Default: not set');
	});
});
