import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Which folder may import which (ARCHITECTURE.md, "The house"). `from` is forbidden inside `target`. */
const zones = [
	zone('./proto', ['./bus', './doors', './tracker', './edge-server', './peer', './web']),
	zone('./bus', ['./doors', './tracker', './edge-server', './peer', './web']),
	zone('./doors', ['./tracker', './edge-server', './peer', './web']),
	zone('./tracker', ['./edge-server', './peer', './web']),
	// The edge speaks to the tracker only through its RPC.
	zone('./edge-server', ['./tracker', './peer', './web']),
	zone('./peer', ['./doors', './tracker', './edge-server', './web']),
	// The headless peer is configured and logs as every program does; the core knows nothing of that.
	zone(['./peer/*.ts', './peer/!(node)/**/*'], ['./bus']),
	zone('./web', ['./bus', './doors', './tracker', './edge-server']),
	// Svelte at arm's length: state and components know the core's types, not the browser's adapters.
	zone('./web/lib/state', ['./web/lib/browser', './web/lib/components']),
	zone('./web/lib/components', ['./web/lib/browser', './web/lib/state']),
	zone('./web/lib/browser', ['./web/lib/state', './web/lib/components', './web/routes']),
];

function zone(target, from) {
	return {
		target,
		from,
		message: `${target} may not import this: see ARCHITECTURE.md, "The house".`,
	};
}

export default ts.config(
	{
		ignores: [
			'build/',
			'.svelte-kit/',
			'.cache/',
			'proto/gen/',
			'node_modules/',
			'test-results/',
			'data/',
		],
	},
	js.configs.recommended,
	{
		files: ['**/*.ts', '**/*.svelte'],
		extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
		languageOptions: {
			parserOptions: {
				project: [
					'./tsconfig.json',
					'./tsconfig.server.json',
					'./tsconfig.worker.json',
					'./tsconfig.e2e.json',
				],
				tsconfigRootDir: import.meta.dirname,
				extraFileExtensions: ['.svelte'],
			},
		},
		rules: {
			'@typescript-eslint/switch-exhaustiveness-check': 'error',
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			// Ports are implemented by functions that need not await.
			'@typescript-eslint/require-await': 'off',
			// A destructured function of a port is never a method with a `this`.
			'@typescript-eslint/unbound-method': 'off',
			'@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
			'@typescript-eslint/consistent-type-definitions': 'off',
			// `randomId<OfferId>(…)` names the brand of what it returns.
			'@typescript-eslint/no-unnecessary-type-parameters': 'off',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
			'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
			'max-lines-per-function': [
				'error',
				{ max: 60, skipBlankLines: true, skipComments: true, IIFEs: true },
			],
			'no-console': 'error',
		},
	},
	{
		files: ['**/*.ts', '**/*.svelte'],
		plugins: { 'import-x': importX },
		settings: {
			'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.svelte'] })],
		},
		rules: { 'import-x/no-restricted-paths': ['error', { zones }] },
	},
	{
		files: ['peer/**/*.ts', 'proto/**/*.ts'],
		ignores: ['peer/node/**'],
		rules: {
			'no-restricted-imports': [
				'error',
				{ patterns: [{ regex: '^node:', message: 'The core runs in browsers too.' }] },
			],
			// The core gets time, randomness and the network from its ports.
			'no-restricted-globals': [
				'error',
				'setTimeout',
				'setInterval',
				'fetch',
				'WebSocket',
				'Buffer',
				'process',
				'performance',
			],
			'no-restricted-properties': [
				'error',
				{ object: 'Date', property: 'now' },
				{ object: 'Math', property: 'random' },
			],
		},
	},
	{
		files: ['tracker/**/*.ts', 'edge-server/**/*.ts', 'doors/**/*.ts', 'bus/**/*.ts'],
		rules: {
			'no-restricted-properties': [
				'error',
				{ object: 'Date', property: 'now' },
				{ object: 'Math', property: 'random' },
			],
		},
	},
	{
		files: ['**/main.ts', 'bus/node-clock.ts'],
		rules: { 'no-console': 'off', 'no-restricted-properties': 'off' },
	},
	{
		// A test file is one long list; its describe blocks are functions only to the parser.
		files: ['tests/**/*.ts'],
		rules: {
			'max-lines-per-function': 'off',
			'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
			'@typescript-eslint/no-non-null-assertion': 'off',
		},
	},
	{ files: ['tests/bench/**/*.ts'], rules: { 'no-console': 'off' } },
	svelte.configs.recommended,
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
		rules: {
			// Links to SvelteKit routes are plain strings here; the app is always served from "/".
			'svelte/no-navigation-without-resolve': 'off',
			'svelte/no-at-html-tags': 'error',
			'max-lines-per-function': 'off',
			// The linter sees imported components as `any`, and with them what their callbacks are given;
			// svelte-check knows the types.
			'@typescript-eslint/no-unsafe-argument': 'off',
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
			'@typescript-eslint/no-unsafe-return': 'off',
		},
	},
	{
		files: ['web/**', 'web/lib/workers/*.ts'],
		languageOptions: { globals: { ...globals.browser, ...globals.serviceworker } },
	},
	{ files: ['scripts/**', '*.js', '*.mjs'], languageOptions: { globals: globals.node } },
	// TypeScript itself reports unknown names.
	{ files: ['**/*.ts', '**/*.svelte'], rules: { 'no-undef': 'off' } },
	prettier,
	svelte.configs.prettier,
);
