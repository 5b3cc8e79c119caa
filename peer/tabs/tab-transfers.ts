// The transfers of one tab, which outlive its role: links and open watch sources stay when a tab that followed
// begins to lead; only the way signals take and the files that are offered change.
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerDependencies } from '../dependencies.ts';
import type { Transfers, TransfersOptions } from '../transfer/transfers.ts';

/** What differs between leading and following. */
export type TransferRole = Pick<TransfersOptions, 'signalling' | 'offeredFiles' | 'maxUploadKbps'>;

export interface TabTransfers {
	readonly transfers: Transfers;
	/** From now on signals and files are those of `role`. */
	assume(role: TransferRole): void;
}

/** A tab that follows offers nothing: viewers are answered by the tab that leads. */
export const nothingOffered: TransferRole['offeredFiles'] = {
	open: () => Promise.reject(new GiggityflixError('not-found', 'this tab offers nothing')),
};

const noRole: TransferRole = {
	signalling: {
		identity: () => undefined,
		iceServers: () => [],
		send: () => Promise.reject(new GiggityflixError('unavailable', 'the tab is starting')),
	},
	offeredFiles: nothingOffered,
	maxUploadKbps: () => 0,
};

export function createTabTransfers(deps: PeerDependencies): TabTransfers {
	let role = noRole;
	const transfers = deps.createTransfers({
		links: deps.peerLinks,
		clock: deps.clock,
		randomBytes: deps.randomBytes,
		logger: deps.logger,
		shelves: deps.pieceShelves,
		signalling: {
			identity: () => role.signalling.identity(),
			iceServers: () => role.signalling.iceServers(),
			send: (message) => role.signalling.send(message),
		},
		offeredFiles: { open: (catalogId) => role.offeredFiles.open(catalogId) },
		maxUploadKbps: () => role.maxUploadKbps(),
	});
	return {
		transfers,
		assume(next) {
			role = next;
		},
	};
}
