// Programs the tests speak to that npm does not carry. Missing ones are installed from Debian's
// packages where that is possible and allowed; otherwise the test run says what to install.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, say } from './toolbox.mjs';

const programs = [
	{ name: 'chromium', package: 'chromium', variable: 'CHROMIUM_PATH', for: 'browser tests' },
	{ name: 'ffmpeg', package: 'ffmpeg', variable: undefined, for: 'making test films' },
	{
		name: 'java',
		package: 'default-jre-headless',
		variable: undefined,
		for: 'running Kafka in tests',
	},
	{ name: 'mvn', package: 'maven', variable: undefined, for: 'fetching Kafka for tests' },
	{
		name: 'redis-server',
		package: 'redis-server',
		variable: undefined,
		for: 'tests of a shared store',
	},
];

/** Returns the programs that could not be had. */
export function installPrerequisites() {
	const missing = programs.filter((program) => !isThere(program));
	if (missing.length === 0) return [];
	if (mayInstall()) {
		const packages = missing.map((program) => program.package);
		say(`Installing ${packages.join(', ')} …`);
		const quiet = {
			stdio: ['ignore', 'ignore', 'inherit'],
			env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
		};
		run('apt-get', ['update', '-qq'], quiet);
		run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet);
	}
	const stillMissing = missing.filter((program) => !isThere(program));
	for (const program of stillMissing) {
		say(
			`${program.name} is missing (${program.for}). On Debian: apt-get install ${program.package}`,
		);
	}
	return stillMissing;
}

function isThere(program) {
	const named = program.variable && process.env[program.variable];
	if (named) return existsSync(named);
	return (process.env.PATH ?? '')
		.split(delimiter)
		.some((folder) => existsSync(join(folder, program.name)));
}

/** Root on a Debian-like system. Anybody else is told what to install instead. */
function mayInstall() {
	return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}
