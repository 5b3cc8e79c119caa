// What webtorrent's WebRTC in Node is given, and that it leaves our own connections alone.
import { RTCPeerConnection } from 'webrtc-polyfill';
import { PeerConnection } from 'node-datachannel';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { mendWebRtc } from '../../../../peer/node/webrtc-mending.ts';

const ends: PeerConnection[] = [];

beforeAll(mendWebRtc);
afterEach(() => {
	for (const end of ends.splice(0)) end.close();
});

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
	const [one, other] = [openNative(), openNative()];
	one.onLocalDescription((sdp, type) => other.setRemoteDescription(sdp, type));
	other.onLocalDescription((sdp, type) => one.setRemoteDescription(sdp, type));
	one.onLocalCandidate((candidate, mid) => other.addRemoteCandidate(candidate, mid));
	other.onLocalCandidate((candidate, mid) => one.addRemoteCandidate(candidate, mid));
	const heard: unknown[] = [];
	other.onDataChannel((channel) => channel.onMessage((message) => heard.push(message)));
	const channel = one.createDataChannel('ours');
	await new Promise<void>((resolve) => channel.onOpen(resolve));

	const last = new RTCPeerConnection();
	last.close();
	channel.sendMessage('still here');
	await expect.poll(() => heard).toEqual(['still here']);
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

function openNative(): PeerConnection {
	const connection = new PeerConnection('ours', { iceServers: [] });
	ends.push(connection);
	return connection;
}
