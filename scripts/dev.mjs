// `npm run dev`: the product with servers that restart and pages that reload when a file changes. The
// page is at Vite's address; it talks to the real edge through Vite's proxy.
import { spawn } from 'node:child_process';
import { become, environment, installPackages, nodeFlags, root } from './toolbox.mjs';

installPackages();
const port = process.env.PORT ?? '8080';
const pagePort = process.env.DEV_PORT ?? '5173';
const servers = spawn('node', ['--watch', ...nodeFlags, 'main.ts'], {
	cwd: root,
	stdio: 'inherit',
	env: {
		...environment,
		HOST: '127.0.0.1',
		PORT: port,
		ALLOWED_ORIGINS: `http://localhost:${pagePort},http://127.0.0.1:${pagePort}`,
	},
});
process.on('exit', () => servers.kill());
become('vite', ['dev', '--port', pagePort, '--strictPort'], {
	EDGE_URL: `http://127.0.0.1:${port}`,
});
