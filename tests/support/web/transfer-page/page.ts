// A page with transfers, streams and the service worker, and nothing else: what benchmarks measure and specs
// drive in a real browser. The edge between two such pages is the test (tests/support/transfer-page.ts).
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import {
	PeerWebRTCMessageSchema,
	WebRtcSignalSchema,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { derivePeerId, type CatalogId, type PeerId } from '../../../../proto/ids.ts';
import type { WatchSource } from '../../../../peer/peer.ts';
import { createTransfers } from '../../../../peer/transfer/create-transfers.ts';
import { browserClock } from '../../../../web/lib/browser/browser-clock.ts';
import { openBrowserFile } from '../../../../web/lib/browser/browser-file.ts';
import { createRtcPeerLinks } from '../../../../web/lib/browser/rtc-peer-links.ts';
import { registerServiceWorker } from '../../../../web/lib/browser/service-worker-registration.ts';
import { createStreamBridge } from '../../../../web/lib/browser/stream-bridge.ts';
import type { TransferPage } from './calls.ts';
import { createRawChannel } from './raw-channel.ts';
import { createSwarmMember } from './swarm-member.ts';

/** Given by the test: hands one signal to another page. */
declare function sendSignal(toPeerId: string, bytes: number[]): Promise<void>;

const never = new AbortController().signal;
const clock = browserClock();
const randomBytes = (target: Uint8Array) =>
	void crypto.getRandomValues(target as Uint8Array<ArrayBuffer>);
const secretKey = secp256k1.utils.randomSecretKey();
const signer = {
	publicKey: secp256k1.getPublicKey(secretKey, true),
	sign: (digest: Uint8Array) => schnorr.sign(digest, secretKey),
};
const peerId = derivePeerId(signer.publicKey);
const noLog = () => undefined;

const transfers = createTransfers({
	links: createRtcPeerLinks({
		createConnection: (configuration) => new RTCPeerConnection(configuration),
		clock,
	}),
	...{ clock, randomBytes },
	logger: { info: noLog, warn: noLog },
	signalling: {
		identity: () => ({ peerId, signer }),
		iceServers: () => [],
		send: (message) =>
			sendSignal(message.toPeerId, [...toBinary(PeerWebRTCMessageSchema, message)]),
	},
	offeredFiles: {
		async open() {
			const file = pickedFile();
			const film = openBrowserFile(file);
			return { film, fileName: file.name, mimeType: film.mimeType, sideCars: [] };
		},
	},
	maxUploadKbps: () => 0,
});

const worker = registerServiceWorker({
	container: 'serviceWorker' in navigator ? navigator.serviceWorker : undefined,
	scriptUrl: '/service-worker.js',
	scriptType: 'classic',
	reload: () => location.reload(),
});
const bridge =
	'serviceWorker' in navigator
		? createStreamBridge({ serviceWorker: navigator.serviceWorker, clock, randomBytes })
		: undefined;
const sources = new Map<string, WatchSource>();

function pickedFile(): File {
	const file = document.querySelector('input')?.files?.[0];
	if (file === undefined) throw new GiggityflixError('not-found', 'no file was picked');
	return file;
}

function openSource(ownerPeerId: string): WatchSource {
	return transfers.openRemote({
		catalogId: 'aaaaaaaaaaaaaaaaaaaaaaaaaa' as CatalogId,
		ownerPeerIds: [ownerPeerId as PeerId],
	});
}

function videoOf(from: Document): HTMLVideoElement {
	const video = from.querySelector('video');
	if (video === null) throw new Error('the page has a video');
	return video;
}

const page: TransferPage = {
	peerId,
	receiveSignal(fromPeerId, bytes) {
		const message = fromBinary(PeerWebRTCMessageSchema, new Uint8Array(bytes));
		const { webrtcSessionId, step, infoHash } = message;
		const $typeName = WebRtcSignalSchema.typeName;
		void transfers.handleSignal({ $typeName, webrtcSessionId, fromPeerId, step, infoHash });
	},
	async download(ownerPeerId) {
		const source = openSource(ownerPeerId);
		const { sizeBytes } = await source.open(never);
		const startedAtMs = performance.now();
		let bytes = 0;
		for await (const chunk of source.read({ offsetBytes: 0, lengthBytes: sizeBytes }, never)) {
			bytes += chunk.length;
		}
		const elapsedMs = performance.now() - startedAtMs;
		source.close();
		return { bytes, elapsedMs };
	},
	async streamUrl(ownerPeerId, name) {
		await worker.controlled();
		const source = openSource(ownerPeerId);
		const url = bridge?.urlFor(source, name) ?? '';
		sources.set(url, source);
		return url;
	},
	releaseStream(url) {
		bridge?.release(url);
		sources.get(url)?.close();
		sources.delete(url);
	},
	uploadedBytes: () => transfers.serving().totalUploadedBytes,
	async play(url) {
		const video = videoOf(document);
		video.src = url;
		await video.play();
	},
	async seek(timeSeconds) {
		const video = videoOf(document);
		video.currentTime = timeSeconds;
		await new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
		return {
			timeSeconds: video.currentTime,
			widthPx: video.videoWidth,
			hasFailed: video.error !== null,
		};
	},
	raw: createRawChannel(),
	swarm: createSwarmMember(transfers, () => {
		const file = pickedFile();
		return { file: openBrowserFile(file), name: file.name };
	}),
};

Object.assign(globalThis, { transferPage: page });
