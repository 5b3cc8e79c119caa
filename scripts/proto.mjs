// `npm run proto`: lints the contracts and generates their code. With --check it fails when the
// committed code is not what the contracts generate.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, say } from './toolbox.mjs';

if (run('buf', ['lint']) !== 0) process.exit(1);
if (!process.argv.includes('--check')) process.exit(run('buf', ['generate']));

const fresh = mkdtempSync(join(tmpdir(), 'giggityflix-proto-'));
try {
	if (run('buf', ['generate', '--output', fresh]) !== 0) process.exit(1);
	const status = run('diff', ['-r', '-q', join(fresh, 'proto', 'gen'), join('proto', 'gen')]);
	if (status !== 0) say('proto/gen is stale: run `npm run proto` and commit the result.');
	process.exitCode = status;
} finally {
	rmSync(fresh, { recursive: true });
}
