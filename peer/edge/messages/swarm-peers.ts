// Others in a swarm this peer has joined.
import { bytesToHex } from '@noble/hashes/utils.js';
import type { SwarmPeers } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parsePeerId } from '../../../proto/ids.ts';
import { maxIntroductions } from '../../../proto/limits.ts';
import type { InfoHash } from '../../torrent/info-hash.ts';
import type { EdgeMessageContext } from './context.ts';

export function swarmPeers(context: EdgeMessageContext, message: SwarmPeers): void {
	const peerIds = message.peerIds.slice(0, maxIntroductions).map(parsePeerId);
	context.swarms.introduced({ infoHash: bytesToHex(message.infoHash) as InfoHash, peerIds });
}
