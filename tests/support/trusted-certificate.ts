// A certificate that this thread trusts for a while, as NODE_EXTRA_CA_CERTS has a program trust one from its start.
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { makeCertificate, type Certificate } from './certificate.ts';

export interface TrustedCertificate extends Certificate {
	/** Trusts what it did before. */
	distrust(): void;
}

export async function trustNewCertificate(): Promise<TrustedCertificate> {
	const before = getCACertificates('default');
	const certificate = await makeCertificate();
	setDefaultCACertificates([...before, certificate.pem]);
	return { ...certificate, distrust: () => setDefaultCACertificates(before) };
}
