// `npm start` and `npm run start:edge`, `start:tracker`, `start:peer`: installs and builds when needed, then becomes the whole
// product in one process, or the program that is named.
import { become, buildApp, installPackages, nodeFlags, say } from './toolbox.mjs';

const programs = {
	product: { main: 'main.ts', servesApp: true },
	edge: { main: 'edge-server/main.ts', servesApp: true },
	tracker: { main: 'tracker/main.ts', servesApp: false },
	peer: { main: 'peer/node/main.ts', servesApp: false },
};

const [first, ...others] = process.argv.slice(2);
const isNamed = first !== undefined && !first.startsWith('-');
const program = programs[isNamed ? first : 'product'];
if (program === undefined) {
	say(`Unknown: ${first}. There are: ${Object.keys(programs).join(', ')}`);
	process.exit(2);
}

installPackages();
// --help must answer at once, also before the first build.
if (program.servesApp && !process.argv.includes('--help')) buildApp();
become('node', [...nodeFlags, program.main, ...(isNamed ? others : process.argv.slice(2))]);
