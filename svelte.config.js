import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { compressingAdapter } from './scripts/compressing-adapter.mjs';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	kit: {
		adapter: compressingAdapter({ pages: 'build', assets: 'build', fallback: 'index.html' }),
		files: {
			assets: 'static',
			lib: 'web/lib',
			routes: 'web/routes',
			serviceWorker: 'web/service-worker.ts',
			appTemplate: 'web/app.html',
		},
		// Registered by web/lib/browser, which also handles updates.
		serviceWorker: { register: false },
		version: { pollInterval: 0 },
	},
};
