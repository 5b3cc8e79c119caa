// What the scripts share: running programs, and finding out whether work done before is still good.
// Plain JavaScript for whatever Node the machine has: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	existsSync,
	lstatSync,
	mkdirSync,
	readFileSync,
	readdirSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node the project brings, first on the PATH of everything that is started. */
export const environment = {
	...process.env,
	PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
};

/** How Node runs a program of ours: type stripping is not worth a warning, and .env is read when there is one. */
export const nodeFlags = [
	'--disable-warning=ExperimentalWarning',
	...(existsSync(join(root, '.env')) ? ['--env-file=.env'] : []),
];

export const say = (text) => process.stdout.write(`${text}\n`);

/** Runs a program in the foreground and returns its exit status. */
export function run(command, args, options = {}) {
	const result = spawnSync(command, args, {
		cwd: root,
		env: environment,
		stdio: 'inherit',
		...options,
	});
	if (result.error) say(`${command} could not be started: ${result.error.message}`);
	return result.status ?? 1;
}

/** Runs a program beside others; resolves with its exit status and all it has said when it has ended. */
export async function runApart(command, args) {
	const child = spawn(command, args, {
		cwd: root,
		env: environment,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	const collect = (chunk) => (output += chunk);
	child.stdout.setEncoding('utf8').on('data', collect);
	child.stderr.setEncoding('utf8').on('data', collect);
	return new Promise((resolve) => {
		child.on('close', (status) => resolve({ status: status ?? 1, output }));
		child.on('error', (error) =>
			resolve({ status: 1, output: `${command} could not be started: ${error.message}` }),
		);
	});
}

/** Runs a program, passing it the signals this process gets, and exits as it does. */
export function become(command, args, extraEnvironment = {}) {
	const child = spawn(command, args, {
		cwd: root,
		env: { ...environment, ...extraEnvironment },
		stdio: 'inherit',
	});
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
		process.on(signal, () => child.kill(signal));
	child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
	child.on('error', (error) => {
		say(`${command} could not be started: ${error.message}`);
		process.exit(1);
	});
	return child;
}

/**
 * Installs the packages of package-lock.json unless exactly these are installed. Linked from another checkout, as
 * worktrees have them, they are that one's to install: npm would empty the place the link leads to.
 */
export function installPackages() {
	if (isLink(join(root, 'node_modules'))) return;
	const wanted = digestOf(['package.json', 'package-lock.json']);
	const stamp = join(root, 'node_modules', '.giggityflix-stamp');
	const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
	if (isCurrent && existsSync(join(root, 'node_modules', '.bin', 'node'))) return;
	say('Installing packages (once) …');
	const status = run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
	if (status !== 0) {
		say('The packages could not be installed. Is the npm registry reachable? `npm ci` says more.');
		process.exit(status);
	}
	writeFileSync(stamp, wanted);
}

function isLink(path) {
	return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** Builds the web app unless the sources are those of the last build. */
export function buildApp() {
	const sources = [
		'web',
		'peer',
		'proto',
		'static',
		'vite.config.ts',
		'svelte.config.js',
		'package-lock.json',
	];
	const wanted = digestOf(sources);
	const stamp = join(root, '.cache', 'build-stamp');
	const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
	if (isCurrent && existsSync(join(root, 'build', 'index.html'))) return;
	say('Building the app (once) …');
	// What went wrong is on stderr; the rest is for who works on the build.
	const status = run('vite', ['build'], { stdio: ['ignore', 'ignore', 'inherit'] });
	if (status !== 0) process.exit(status);
	mkdirSync(dirname(stamp), { recursive: true });
	writeFileSync(stamp, wanted);
}

function digestOf(paths) {
	const digest = createHash('sha256');
	for (const path of paths) addTo(digest, path);
	return digest.digest('hex');
}

function addTo(digest, path) {
	const full = join(root, path);
	if (!existsSync(full)) return;
	if (statSync(full).isDirectory()) {
		for (const name of readdirSync(full).sort()) addTo(digest, join(path, name));
	} else {
		digest.update(`${path}\n`).update(readFileSync(full));
	}
}
