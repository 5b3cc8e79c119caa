// Preloaded into a program by NODE_OPTIONS=--import: notes every module it loads, imported or required, a line for each in
// the file LOADED_MODULES names.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const path = process.env['LOADED_MODULES'] ?? '';

registerHooks({
	load: (url, context, nextLoad) => {
		appendFileSync(path, `${url}\n`);
		return nextLoad(url, context);
	},
});
