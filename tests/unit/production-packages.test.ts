// The image holds what the Dockerfile copies and the packages that are installed without those for development. Every
// import of the programs must be among them: what is missing is noticed only where it runs.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const dockerfile = readFileSync('Dockerfile', 'utf8');
/** Of the last stage; what comes from other stages is no source. */
const copied = dockerfile
	.slice(dockerfile.lastIndexOf('\nFROM '))
	.split('\n')
	.flatMap((line) => /^COPY (?!--)(.+) \S+$/.exec(line)?.[1]?.split(' ') ?? []);
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
	dependencies: Readonly<Record<string, string>>;
};
const sources = copied.flatMap(filesOf).filter((path) => /(?<!\.d)\.ts$/.test(path));
const imports = sources.flatMap((path) =>
	importedBy(readFileSync(path, 'utf8')).map((name) => ({ path, name })),
);

describe('the image', () => {
	it('has every file that a program imports', () => {
		const missing = imports
			.filter(({ name }) => name.startsWith('.'))
			.map(({ path, name }) => normalize(join(path, '..', name)))
			.filter((file) => !copied.some((root) => file === root || file.startsWith(`${root}/`)));
		expect(sources.length).toBeGreaterThan(100);
		expect(missing).toEqual([]);
	});

	it('has every package that a program imports', () => {
		const packages = new Set(
			imports
				.filter(({ name }) => !name.startsWith('.') && !isBuiltIn(name))
				.map(({ name }) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name),
		);
		expect(packages).toContain('@ffmpeg/core');
		expect([...packages].filter((name) => !(name in dependencies))).toEqual([]);
	});
});

function filesOf(path: string): string[] {
	if (!statSync(path).isDirectory()) return [path];
	return readdirSync(path).flatMap((name) => filesOf(join(path, name)));
}

/** Types alone are not loaded. */
function importedBy(source: string): string[] {
	const statements = source.matchAll(/^(?:import|export) (?!type )[^;'"]*?from '([^']+)'/gm);
	const bare = source.matchAll(/^import '([^']+)'/gm);
	const calls = source.matchAll(/\bimport(?:\.meta\.resolve)?\('([^']+)'\)(?!\.)/g);
	return [...statements, ...bare, ...calls].map(([, name]) => name ?? '');
}

function isBuiltIn(name: string): boolean {
	return name.startsWith('node:') || builtinModules.includes(name);
}
