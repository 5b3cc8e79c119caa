// The two ends of one link, joined in memory without negotiation.
import { zlibCompression } from '../../../peer/node/zlib-compression.ts';
import { bufferLowBytes } from '../../../peer/transfer/serving/range-sender.ts';
import { createServingLink } from '../../../peer/transfer/serving/serving-link.ts';
import { createUploadCap, type UploadCap } from '../../../peer/transfer/serving/upload-cap.ts';
import {
	createViewingLink,
	type ViewingLink,
} from '../../../peer/transfer/viewing/viewing-link.ts';
import type { ServingLink } from '../../../peer/transfer/serving/serving-link.ts';
import type { OfferedFiles } from '../../../peer/transfer/transfers.ts';
import type { GiggityflixError } from '../../../proto/errors.ts';
import {
	createMemoryNetwork,
	joinLinks,
	type MemoryLink,
	type MemoryNetwork,
} from './memory-links.ts';
import { createSleepingClock, settle, type SleepingClock } from './sleeping-clock.ts';

export interface LinkPair {
	readonly serving: ServingLink;
	readonly viewing: ViewingLink;
	readonly ownerLink: MemoryLink;
	readonly viewerLink: MemoryLink;
	readonly network: MemoryNetwork;
	readonly clock: SleepingClock;
	/** Why the owner closed the link, when it did. */
	readonly misbehaviours: GiggityflixError[];
	/** How often the viewer was taken to wait for a picture. */
	waitCount(): number;
	/** Payload handed to the link so far. */
	sentBytes(): number;
}

export async function createLinkPair(options: {
	readonly offeredFiles: OfferedFiles;
	readonly maxUploadKbps?: () => number;
	/** Whether what the owner sends is dropped instead: the test is the viewer. */
	readonly isViewerMute?: boolean;
	readonly canDeflate?: boolean;
	readonly canInflate?: boolean;
}): Promise<LinkPair> {
	const { offeredFiles, maxUploadKbps = () => 0, isViewerMute = false } = options;
	const { canDeflate = true, canInflate = true } = options;
	const network = createMemoryNetwork();
	const clock = createSleepingClock();
	const uploadCap: UploadCap = createUploadCap({ clock, maxUploadKbps });
	const misbehaviours: GiggityflixError[] = [];
	let sentBytes = 0;
	let waitCount = 0;
	const [ownerLink, viewerLink] = joinLinks(
		network,
		bufferLowBytes,
		{
			onCandidate: () => undefined,
			onOpen: () => undefined,
			onMessage: (bytes) => serving.handleMessage(bytes),
			onBufferLow: () => serving.handleBufferLow(),
			onClose: (error) => serving.handleClosed(error),
		},
		{
			onCandidate: () => undefined,
			onOpen: () => undefined,
			onMessage: (bytes) => isViewerMute || viewing.handleMessage(bytes),
			onBufferLow: () => viewing.handleBufferLow(),
			onClose: (error) => viewing.handleClosed(error),
		},
	);
	const serving = createServingLink({
		...{ link: ownerLink, clock, offeredFiles, uploadCap },
		compression: canDeflate ? zlibCompression : undefined,
		logger: { info: () => undefined, warn: () => undefined },
		onSent: (bytes) => (sentBytes += bytes),
		onEntriesChanged: () => undefined,
		onViewerWaits: () => (waitCount += 1),
		onMisbehaviour(error) {
			misbehaviours.push(error);
			ownerLink.close();
		},
	});
	const viewing = createViewingLink({
		link: viewerLink,
		compression: canInflate ? zlibCompression : undefined,
		closeLink: () => viewerLink.close(),
	});
	await settle();
	return {
		...{ serving, viewing, ownerLink, viewerLink, network, clock, misbehaviours },
		sentBytes: () => sentBytes,
		waitCount: () => waitCount,
	};
}
