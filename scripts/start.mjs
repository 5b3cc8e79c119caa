// `npm start`: installs and builds when needed, then becomes the whole product in one process.
import { become, buildApp, installPackages, nodeFlags } from './toolbox.mjs';

installPackages();
// --help must answer at once, also before the first build.
if (!process.argv.includes('--help')) buildApp();
become('node', [...nodeFlags, 'main.ts', ...process.argv.slice(2)]);
