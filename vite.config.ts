import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

// The web app. `npm run dev` starts the edge first and proxies its paths, so a page under development
// talks to a real server.
const edge = process.env['EDGE_URL'] ?? 'http://127.0.0.1:8080';
// How long each plugin took is for whoever works on the build, not for whoever starts the product.
const quietly = { checks: { bundlerTimings: false } };

export default defineConfig({
	plugins: [sveltekit()],
	build: { target: 'es2022', rolldownOptions: quietly },
	worker: { rolldownOptions: quietly },
	// ffmpeg.wasm starts its own worker, which a pre-bundled copy would not find.
	optimizeDeps: { exclude: ['@ffmpeg/ffmpeg'] },
	server: {
		fs: { allow: ['.'] },
		proxy: {
			'/ws': { target: edge, ws: true },
			'/announce': { target: edge, ws: true },
			'/api': edge,
			'/giggityflix.v1.CatalogService': edge,
			'/healthz': edge,
		},
	},
});
