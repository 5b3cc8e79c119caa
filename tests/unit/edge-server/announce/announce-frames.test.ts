import { describe, expect, it } from 'vitest';
import {
	announceReply,
	answerFrame,
	failureReply,
	offerFrame,
	scrapeReply,
} from '../../../../edge-server/announce/announce-frames.ts';
import {
	fromWireText,
	toWireText,
	type WireText,
} from '../../../../edge-server/announce/wire-text.ts';
import { binaryName, infoHash, offerId, swarmPeerId } from '../../../support/swarm-names.ts';

const read = (frame: WireText): unknown => JSON.parse(fromWireText(frame));
const names = { info_hash: binaryName('torrent', 1), peer_id: binaryName('peer', 2) };

describe('frames of the announce tracker', () => {
	it('reply to an announce', () => {
		expect(read(announceReply(infoHash(1), { complete: 1, incomplete: 2 }, 120))).toEqual({
			action: 'announce',
			info_hash: names.info_hash,
			interval: 120,
			complete: 1,
			incomplete: 2,
		});
	});

	it('carry an offer and an answer', () => {
		const sdp = 'v=0\r\ns=✓\r\n';
		const relayed = (type: string) => toWireText(JSON.stringify({ type, sdp }));
		const ids = { action: 'announce', ...names, offer_id: binaryName('offer', 3) };
		expect(
			read(
				offerFrame(infoHash(1), swarmPeerId(2), {
					offerId: offerId(3),
					description: relayed('offer'),
				}),
			),
		).toEqual({ ...ids, offer: { type: 'offer', sdp } });
		expect(
			read(
				answerFrame({
					kind: 'answer',
					infoHash: infoHash(1),
					peerId: swarmPeerId(2),
					toPeerId: swarmPeerId(4),
					offerId: offerId(3),
					description: relayed('answer'),
				}),
			),
		).toEqual({ ...ids, answer: { type: 'answer', sdp } });
	});

	it('answer a scrape, also one of nothing', () => {
		expect(read(scrapeReply([infoHash(1)], [{ complete: 3, incomplete: 4 }], 120))).toEqual({
			action: 'scrape',
			files: { [names.info_hash]: { complete: 3, incomplete: 4, downloaded: 3 } },
			flags: { min_request_interval: 120 },
		});
		expect(read(scrapeReply([], [], 120))).toMatchObject({ files: {} });
	});

	it('say what was wrong, and about what when that is known', () => {
		expect(read(failureReply('invalid "event"'))).toEqual({ 'failure reason': 'invalid "event"' });
		expect(read(failureReply('invalid event', infoHash(1)))).toEqual({
			action: 'announce',
			info_hash: names.info_hash,
			'failure reason': 'invalid event',
		});
	});
});
