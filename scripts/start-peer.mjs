// `npm run start:peer`: installs when needed, then becomes the headless peer. It needs no build.
import { become, installPackages, nodeFlags } from './toolbox.mjs';

installPackages();
become('node', [...nodeFlags, 'peer/node/main.ts', ...process.argv.slice(2)]);
