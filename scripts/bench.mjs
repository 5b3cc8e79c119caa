// `npm run bench`: installs and builds when needed, then measures (tests/bench/run.ts).
import { installPrerequisites } from './prerequisites.mjs';
import { become, buildApp, installPackages } from './toolbox.mjs';

installPackages();
if (installPrerequisites().length > 0) process.exit(1);
buildApp();
become('node', [
	'--disable-warning=ExperimentalWarning',
	'tests/bench/run.ts',
	...process.argv.slice(2),
]);
