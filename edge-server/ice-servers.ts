// The STUN and TURN servers a peer is told in its welcome. TURN credentials are coturn's REST scheme
// (draft-uberti-behave-turn-rest-00): the user name carries its own expiry, the credential is an HMAC of
// it, so the edge and the TURN servers share one secret and no state.
import { createHmac } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../proto/errors.ts';
import { IceServerSchema, type IceServer } from '../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerId } from '../proto/ids.ts';

/** How long a credential is valid. It must outlive the session it was given to: an evening of films. */
const credentialLifetimeSeconds = 12 * 60 * 60;

/** Makes the list for one peer. Throws `invalid-argument` when there are TURN servers and no secret. */
export function createIceServers(options: {
	stunServers: readonly string[];
	turnServers: readonly string[];
	turnSecret?: string;
	/** Milliseconds since 1970. */
	now: () => number;
}): (peerId: PeerId) => IceServer[] {
	const { stunServers, turnServers, turnSecret, now } = options;
	if (turnServers.length > 0 && turnSecret === undefined) {
		throw new GiggityflixError('invalid-argument', 'TURN servers need a secret');
	}
	return (peerId) => {
		const servers: IceServer[] = [];
		if (stunServers.length > 0) servers.push(create(IceServerSchema, { urls: [...stunServers] }));
		if (turnServers.length > 0 && turnSecret !== undefined) {
			const expiresAtSeconds = Math.floor(now() / 1000) + credentialLifetimeSeconds;
			const urls = [...turnServers];
			servers.push(
				create(IceServerSchema, { urls, ...turnCredential(turnSecret, expiresAtSeconds, peerId) }),
			);
		}
		return servers;
	};
}

/** A user name and credential that coturn's `use-auth-secret` accepts until the expiry. */
export function turnCredential(
	secret: string,
	expiresAtSeconds: number,
	peerId: string,
): { username: string; credential: string } {
	const username = `${expiresAtSeconds}:${peerId}`;
	const credential = createHmac('sha1', secret).update(username).digest('base64');
	return { username, credential };
}
