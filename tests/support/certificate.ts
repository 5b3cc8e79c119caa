// A certificate for localhost that a test makes for itself, so that none is kept in the repository.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Certificate {
	readonly certFile: string;
	readonly keyFile: string;
	/** The certificate itself, for clients to trust. */
	readonly pem: string;
}

export async function makeCertificate(): Promise<Certificate> {
	const directory = await mkdtemp(join(tmpdir(), 'giggityflix-certificate-'));
	const certFile = join(directory, 'cert.pem');
	const keyFile = join(directory, 'key.pem');
	await promisify(execFile)('openssl', [
		...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
		...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
		...['-days', '2', '-keyout', keyFile, '-out', certFile],
	]);
	return { certFile, keyFile, pem: await readFile(certFile, 'utf8') };
}
