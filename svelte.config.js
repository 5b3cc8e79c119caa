import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	kit: {
		adapter: adapter({
			pages: 'build',
			assets: 'build',
			fallback: 'index.html',
			precompress: true,
		}),
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
