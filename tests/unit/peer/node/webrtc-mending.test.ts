// What webtorrent's WebRTC in Node is given, and that it leaves our own connections alone.
import { RTCPeerConnection } from 'webrtc-polyfill';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { dataChannelLinks } from '../../../../peer/node/data-channel-links.ts';
import { systemClock as clock } from '../../../../peer/node/system-clock.ts';
import { mendWebRtc } from '../../../../peer/node/webrtc-mending.ts';
import { closeEnds, join } from '../../../support/link-ends.ts';

beforeAll(mendWebRtc);
afterEach(closeEnds);

it('says that gathering has ended', async () => {
	const connection = new RTCPeerConnection();
	await gather(connection);
	expect(connection.localDescription.sdp).toContain('a=candidate:');
	connection.close();
});

it('seeks no way to who offers before there was time for the answer', async () => {
	const [offering, answering] = [new RTCPeerConnection(), new RTCPeerConnection()];
	await gather(offering);
	const sought: string[] = [];
	const add = answering.addIceCandidate.bind(answering);
	answering.addIceCandidate = async (candidate) => {
		sought.push(candidate.candidate);
		await add(candidate);
	};
	await answering.setRemoteDescription(offering.localDescription);
	expect(sought).toEqual([]);
	await expect.poll(() => sought.length).toBeGreaterThan(0);
	expect(offering.localDescription.sdp).toContain(sought[0]);
	offering.close();
	answering.close();
});

it('ends no connection of others with its last', async () => {
	const links = dataChannelLinks({ clock, ownServers: [] });
	const [one, other] = await join(links, links);

	const last = new RTCPeerConnection();
	last.close();
	one.link.send(new Uint8Array([1]));
	await expect.poll(() => other.received).toEqual([new Uint8Array([1])]);
});

/** Makes an offer, and waits for the word that nothing more comes. */
async function gather(connection: RTCPeerConnection): Promise<void> {
	const ended = new Promise<void>((resolve) => {
		connection.onicecandidate = ({ candidate }) => {
			if (candidate === null) resolve();
		};
	});
	connection.createDataChannel('any');
	await connection.setLocalDescription(await connection.createOffer());
	await ended;
}
