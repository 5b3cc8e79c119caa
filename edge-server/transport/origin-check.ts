// Which pages may open a socket. A browser sends cookies and reaches private networks on behalf of any
// page, so a socket is opened for the page this edge serves and for those it was told of, and no other.

/** What is compared; `hostHeader` is as it was sent. */
export interface OriginClaim {
	/** The Origin header; null when there is none, as with every client that is not a browser. */
	readonly origin: string | null;
	readonly hostHeader: string | null;
	readonly isSecure: boolean;
}

/**
 * Scheme, host and port must all be the same. A missing Origin passes: it protects browsers' users, and
 * programs can say what they like. "null", which sandboxed frames and files send, does not pass.
 */
export function isOriginAllowed(claim: OriginClaim, allowedOrigins: readonly string[]): boolean {
	if (claim.origin === null) return true;
	if (allowedOrigins.includes(claim.origin)) return true;
	const own = `${claim.isSecure ? 'https' : 'http'}://${claim.hostHeader ?? ''}`;
	return URL.canParse(own) && new URL(own).origin === claim.origin;
}
