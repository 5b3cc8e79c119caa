// The verbs a tab that follows asks the leading one to carry out, as one table typed on both sides: a verb
// without its counterpart does not compile. Every verb may be asked twice without harm, because a call is
// repeated when the lead passes on.
import type { PeerWebRTCMessage } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { OfferId } from '../../proto/ids.ts';
import type { LeadingPeer } from '../create-peer.ts';
import type { FolderId, PeerSettings, Sharing } from '../library/library-item.ts';

export interface RemoteVerbs {
	/** The source is in FolderSources already: not every source can be posted to another tab. */
	adoptFolder(folderId: FolderId, sharing?: Sharing): Promise<FolderId>;
	/** As `adoptFolder`: a source picked again was put under the same id. */
	reconnectFolder(folderId: FolderId): Promise<void>;
	removeFolder(folderId: FolderId): Promise<void>;
	setFolderSharing(folderId: FolderId, sharing: Sharing): Promise<void>;
	rescan(folderId?: FolderId): Promise<void>;
	cancelScan(folderId: FolderId): Promise<void>;
	setItemSharing(offerId: OfferId, sharing: Sharing | undefined): Promise<void>;
	removeItem(offerId: OfferId): Promise<void>;
	preferHashing(offerIds: readonly OfferId[]): Promise<void>;
	updateSettings(changes: Partial<PeerSettings>): Promise<void>;
	revealPhrase(): Promise<string>;
	restorePhrase(phrase: string): Promise<void>;
	sendSignal(message: PeerWebRTCMessage): Promise<void>;
	nudge(): Promise<void>;
}

export type RemoteCall = {
	[Verb in keyof RemoteVerbs]: {
		readonly verb: Verb;
		readonly args: Parameters<RemoteVerbs[Verb]>;
	};
}[keyof RemoteVerbs];

/** The verbs, carried out by the peer of this tab. */
export function verbsOfLeader(leader: LeadingPeer): RemoteVerbs {
	return {
		adoptFolder: (folderId, sharing) => leader.adoptFolder(folderId, sharing),
		reconnectFolder: (folderId) => leader.reconnectFolder(folderId),
		removeFolder: (folderId) => leader.removeFolder(folderId),
		setFolderSharing: (folderId, sharing) => leader.setFolderSharing(folderId, sharing),
		rescan: (folderId) => leader.rescan(folderId),
		cancelScan: async (folderId) => leader.cancelScan(folderId),
		setItemSharing: (offerId, sharing) => leader.setItemSharing(offerId, sharing),
		removeItem: (offerId) => leader.removeItem(offerId),
		preferHashing: (offerIds) => leader.preferHashing(offerIds),
		updateSettings: (changes) => leader.updateSettings(changes),
		revealPhrase: () => leader.revealPhrase(),
		restorePhrase: (phrase) => leader.restorePhrase(phrase),
		sendSignal: (message) => leader.relay.send(message),
		nudge: async () => leader.nudge(),
	};
}

/** Carries out one call. Throws what the verb throws, and `unsupported` for a verb this version does not have. */
export async function carryOut(verbs: RemoteVerbs, call: RemoteCall): Promise<unknown> {
	// The table's type ties verb to arguments; TypeScript cannot follow that through an index.
	const verb = verbs[call.verb] as (...args: readonly unknown[]) => Promise<unknown>;
	return verb(...call.args);
}
