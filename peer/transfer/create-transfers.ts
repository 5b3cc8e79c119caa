// Wires the two halves of a tab's transfers over one negotiation: the links on which we serve, with one
// upload cap over all of them, and the links on which we view. Counts what is served, for the page.
import type { PeerId } from '../../proto/ids.ts';
import { createListeners, type Listeners } from '../listeners.ts';
import { createChangeSignal, type ChangeSignal } from './change-signal.ts';
import type { PeerLink } from '../ports.ts';
import { createSwarmLinks } from '../swarm/swarm-links.ts';
import { createNegotiation, type Negotiation } from './negotiation/negotiation.ts';
import { createRateMeter, type RateMeter } from './rate-meter.ts';
import { createRemoteByteSource } from './viewing/remote-byte-source.ts';
import { shareFilmSwarms } from './sources/share-film-swarms.ts';
import { createSharedSource, type SharedSource } from './sources/shared-source.ts';
import { createServingLink, type ServingLink } from './serving/serving-link.ts';
import type { Transfers, TransfersOptions } from './transfers.ts';
import { createUploadCap, type UploadCap } from './serving/upload-cap.ts';
import { createViewingLinks } from './viewing/viewing-links.ts';
import type { ServingState, WatchTarget } from '../peer.ts';

/** The owner's side: who is being served and how fast. */
interface ServingSide {
	readonly options: TransfersOptions;
	readonly ends: Set<ServingLink>;
	readonly uploadCap: UploadCap;
	readonly meter: RateMeter;
	readonly changes: ChangeSignal;
	readonly waiting: Listeners<void>;
}

export function createTransfers(options: TransfersOptions): Transfers {
	const { clock, randomBytes, compression } = options;
	const serving = createServingSide(options);
	const swarms = createSwarmLinks({
		clock,
		connect: (request) => negotiation.connect(request),
	});
	const negotiation: Negotiation = createNegotiation({
		...options,
		swarmEnds: swarms.endsOf,
		createServingEnd: (link, remotePeerId, close) => serve(serving, link, remotePeerId, close),
	});
	const filmSwarms = options.watching && shareFilmSwarms({ ...options.watching, links: swarms });
	const viewingLinks = createViewingLinks({ negotiation, clock, compression });
	const sources = new Set<SharedSource>();

	function openRemote(target: WatchTarget): SharedSource {
		const remote = { viewingLinks, clock, randomBytes };
		const source = createSharedSource({
			target,
			clock,
			shelves: options.shelves,
			filmSwarms,
			openBelieved: () => createRemoteByteSource({ ...remote, target, fetchesHead: true }),
			openOther: (catalogId, peerId) =>
				createRemoteByteSource({
					...remote,
					target: { catalogId, ownerPeerIds: [peerId] },
					fetchesHead: false,
				}),
			onClosed: () => sources.delete(source),
		});
		sources.add(source);
		return source;
	}

	return {
		swarms,
		handleSignal: negotiation.handleSignal,
		knows: negotiation.knows,
		openRemote,
		serving: () => summarize(serving),
		onServingChange: serving.changes.subscribe,
		onViewerWaits: serving.waiting.add,
		signallingRestored() {
			for (const source of sources) source.signallingRestored();
		},
		stop() {
			for (const source of [...sources]) source.close();
			swarms.stop();
			viewingLinks.stop();
			negotiation.stop();
		},
	};
}

function createServingSide(options: TransfersOptions): ServingSide {
	const { clock } = options;
	const meter = createRateMeter();
	return {
		options,
		ends: new Set(),
		uploadCap: options.uploadCap ?? createUploadCap(options),
		meter,
		changes: createChangeSignal({
			clock,
			isMoving: () => meter.bytesPerSecond(clock.monotonicMs()) > 0,
		}),
		waiting: createListeners(),
	};
}

function serve(
	serving: ServingSide,
	link: PeerLink,
	remotePeerId: PeerId,
	close: () => void,
): ServingLink {
	const { offeredFiles, compression, logger, clock } = serving.options;
	const { uploadCap, changes, ends } = serving;
	const end = createServingLink({
		...{ link, clock, offeredFiles, compression, uploadCap, logger },
		onSent(bytes) {
			serving.meter.add(bytes, clock.monotonicMs());
			changes.soon();
		},
		onEntriesChanged: () => changes.soon(),
		onViewerWaits: serving.waiting.tell,
		onMisbehaviour(error) {
			logger.warn('a viewer broke the rules', { remotePeerId, reason: error.message });
			close();
		},
	});
	ends.add(end);
	return {
		...end,
		handleClosed(error) {
			end.handleClosed(error);
			ends.delete(end);
			changes.soon();
		},
	};
}

function summarize({ ends, meter, options }: ServingSide): ServingState {
	const viewersByEntry: Record<string, number> = {};
	const viewers = [...ends].filter((end) => end.openedEntries.size > 0);
	for (const { openedEntries } of viewers) {
		for (const entry of openedEntries) viewersByEntry[entry] = (viewersByEntry[entry] ?? 0) + 1;
	}
	return {
		viewers: viewers.length,
		uploadBytesPerSecond: meter.bytesPerSecond(options.clock.monotonicMs()),
		totalUploadedBytes: meter.totalBytes,
		viewersByEntry,
	};
}
