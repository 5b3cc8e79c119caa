// STUN and TURN addresses as people and browsers write them (RFC 7064, RFC 7065), taken apart. In a TURN address
// of ours a user may stand in front: turn:user:password@host:3478. Knows nothing of connections.
import type { IceServer } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { RtcServer } from '../webtorrent/webtorrent.ts';

export interface IceServerAddress {
	readonly hostname: string;
	readonly port: number;
	readonly username?: string;
	readonly password?: string;
	readonly relayType?: 'TurnUdp' | 'TurnTcp' | 'TurnTls';
}

const form =
	/^(stun|stuns|turn|turns):(?:([^:@\s]+):([^@\s]+)@)?(\[[0-9a-f:.]+\]|[^:@?\s/]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i;

/** `undefined` for what is no such address. */
export function parseIceServer(text: string): IceServerAddress | undefined {
	const [, scheme = '', username, password, host = '', port, transport] = form.exec(text) ?? [];
	const isSecure = /s$/i.test(scheme);
	const address = {
		hostname: host.replace(/^\[(.*)\]$/, '$1'),
		port: Number(port ?? (isSecure ? 5349 : 3478)),
	};
	if (host === '' || address.port > 65_535) return undefined;
	if (/^stun/i.test(scheme)) return username === undefined ? address : undefined;
	const relayType = isSecure ? 'TurnTls' : transport === 'tcp' ? 'TurnTcp' : 'TurnUdp';
	return {
		...address,
		relayType,
		...(username !== undefined &&
			password !== undefined && {
				username: decodeURIComponent(username),
				password: decodeURIComponent(password),
			}),
	};
}

/** Those of a server that the edge names; an address that is none is left out. */
export function addressesOf({ urls, username, credential }: IceServer): IceServerAddress[] {
	return urls.flatMap((url) => {
		const address = parseIceServer(url);
		if (address === undefined) return [];
		return username === '' ? [address] : [{ ...address, username, password: credential }];
	});
}

/** As RTCPeerConnection takes it. User and password are encoded, because webrtc-polyfill puts them into the address. */
export function rtcServerOf(address: IceServerAddress): RtcServer {
	const { hostname, port, username, password, relayType } = address;
	const host = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
	if (relayType === undefined) return { urls: [`stun:${host}`] };
	const transport = relayType === 'TurnUdp' ? 'udp' : 'tcp';
	const url = `${relayType === 'TurnTls' ? 'turns' : 'turn'}:${host}?transport=${transport}`;
	if (username === undefined || password === undefined) return { urls: [url] };
	return {
		urls: [url],
		username: encodeURIComponent(username),
		credential: encodeURIComponent(password),
	};
}
