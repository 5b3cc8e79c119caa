// The leading tab's side of the channel: shows its state to the tabs that follow, carries out their calls and
// passes signals of their negotiations on. Costs nothing while there is only one tab.
import { bytesToHex } from '@noble/hashes/utils.js';
import { GiggityflixError } from '../../proto/errors.ts';
import type { WebRtcSignal } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { SwarmMembership } from '../swarm/swarm-links.ts';
import type { InfoHash } from '../torrent/info-hash.ts';
import type { LeadingPeer } from '../create-peer.ts';
import type { LibraryItem } from '../library/library-item.ts';
import type { TabChannel } from '../ports.ts';
import { differenceOfItems } from './item-mirror.ts';
import { carryOut, verbsOfLeader, type RemoteCall } from './remote-verbs.ts';
import {
	isTabMessage,
	tabProtocolVersion,
	type CallResult,
	type FollowerSays,
	type Interest,
	type LeaderSays,
	type TabId,
	type TabMessage,
} from './tab-protocol.ts';

export interface LeaderHost {
	/** What this tab itself is looking at; joined with the others'. */
	setOwnInterest(interest: Interest): void;
	stop(): void;
}

/** Negotiations whose tab is remembered. A tab has a handful; the oldest are long over. */
const maxNegotiations = 500;

/** Begins to lead: announces it and serves the tabs that join. */
export function createLeaderHost(leader: LeadingPeer, channel: TabChannel): LeaderHost {
	const post = (body: LeaderSays) =>
		channel.post({ ...body, tabProtocol: tabProtocolVersion } satisfies TabMessage);
	const audience = createAudience(leader, post);
	const negotiations = createNegotiations();
	const swarms = createTabSwarms(leader);
	const calls = createCalls(leader, post);

	function onMessage(message: FollowerSays): void {
		switch (message.type) {
			case 'join':
				audience.join(message.from, message.interest);
				return;
			case 'leave':
				audience.leave(message.from);
				swarms.set(message.from, []);
				return;
			case 'interest':
				audience.setInterest(message.from, message.interest);
				return;
			case 'swarms':
				swarms.set(message.from, message.memberships);
				return;
			case 'call':
				if (message.call.verb === 'sendSignal') {
					negotiations.remember(message.call.args[0].webrtcSessionId, message.from);
				}
				void calls.serve(message.from, message.callId, message.call);
				return;
		}
	}

	const ends = [
		channel.listen((value) => {
			// Another leader can only be a tab that is just giving up.
			if (isTabMessage(value) && 'from' in value) onMessage(value);
		}),
		leader.subscribe(() => audience.show()),
		leader.onCatalogEvent((event) => post({ type: 'catalog-event', event })),
		leader.swarms.onIntroduction((introduction) => post({ type: 'introduction', introduction })),
	];
	leader.relay.setTaker((signal) => {
		const { webrtcSessionId } = signal;
		const to = negotiations.tabOf(webrtcSessionId) ?? swarms.tabFor(signal);
		if (to) negotiations.remember(webrtcSessionId, to);
		if (to) post({ type: 'signal', to, signal });
		return to !== undefined;
	});
	post({ type: 'leading' });
	return {
		setOwnInterest: (interest) => audience.setInterest('own', interest),
		stop() {
			leader.relay.setTaker(undefined);
			for (const end of ends) end();
		},
	};
}

/** The tabs that follow, and what they have been shown. */
function createAudience(leader: LeadingPeer, post: (body: LeaderSays) => void) {
	const tabs = new Set<TabId>();
	const interests = new Map<TabId | 'own', Interest>();
	let shownItems: readonly LibraryItem[] = leader.items();

	function showItems(): void {
		const changes = differenceOfItems(shownItems, leader.items());
		shownItems = leader.items();
		if (changes.saved.length + changes.deletedOfferIds.length === 0) return;
		post({ type: 'changed-items', ...changes });
	}

	function show(): void {
		if (tabs.size === 0) return;
		// Items go first: a snapshot never names a version whose items are not there yet.
		showItems();
		post({
			type: 'state',
			state: {
				snapshot: leader.snapshot(),
				iceServers: leader.relay.iceServers(),
				announceTrackers: leader.relay.announceTrackers(),
				credentials: leader.sessionCredentials(),
			},
		});
	}

	function setInterest(tab: TabId | 'own', interest: Interest | undefined): void {
		if (interest) interests.set(tab, interest);
		else interests.delete(tab);
		const all = [...interests.values()];
		leader.setInterest({
			wholeCatalog: all.some(({ wholeCatalog }) => wholeCatalog),
			catalogIds: [...new Set(all.flatMap(({ catalogIds }) => catalogIds))],
		});
	}

	return {
		show,
		setInterest,
		join(tab: TabId, interest: Interest) {
			if (tabs.size > 0) showItems();
			shownItems = leader.items();
			tabs.add(tab);
			post({ type: 'all-items', to: tab, items: shownItems });
			show();
			setInterest(tab, interest);
		},
		leave(tab: TabId) {
			tabs.delete(tab);
			setInterest(tab, undefined);
		},
	};
}

/** Which tabs are in which swarms. An offer for a swarm goes to a tab that is in it, this one first. */
function createTabSwarms(leader: Pick<LeadingPeer, 'swarms'>) {
	const tabs = new Map<TabId, readonly SwarmMembership[]>();
	return {
		set(tab: TabId, memberships: readonly SwarmMembership[]) {
			const isNews = memberships.length > 0 || tabs.has(tab);
			if (memberships.length > 0) tabs.set(tab, memberships);
			else tabs.delete(tab);
			if (isNews) leader.swarms.setOthers([...tabs.values()].flat());
		},
		tabFor({ step, infoHash }: WebRtcSignal): TabId | undefined {
			if (step.case !== 'offer' || infoHash.length === 0) return undefined;
			const wanted = bytesToHex(infoHash) as InfoHash;
			if (leader.swarms.isOwn(wanted)) return undefined;
			const isIn = ({ infoHash: own }: SwarmMembership) => own === wanted;
			return [...tabs].find(([, memberships]) => memberships.some(isIn))?.[0];
		},
	};
}

/** Which tab takes part in a negotiation. */
function createNegotiations() {
	const tabs = new Map<string, TabId>();
	return {
		remember(webRtcSessionId: string, tab: TabId) {
			tabs.set(webRtcSessionId, tab);
			const [oldest] = tabs.keys();
			if (tabs.size > maxNegotiations && oldest !== undefined) tabs.delete(oldest);
		},
		tabOf: (webRtcSessionId: string) => tabs.get(webRtcSessionId),
	};
}

/** Carries out calls and answers them, each once. */
function createCalls(leader: LeadingPeer, post: (body: LeaderSays) => void) {
	const verbs = verbsOfLeader(leader);
	/** A tab repeats its calls when a tab begins to lead, and may have been heard before that. */
	const running = new Set<string>();

	async function resultOf(call: RemoteCall): Promise<CallResult> {
		try {
			return { ok: true, value: await carryOut(verbs, call) };
		} catch (caught) {
			const { code, message } = GiggityflixError.from(caught);
			return { ok: false, code, message };
		}
	}

	return {
		async serve(tab: TabId, callId: number, call: RemoteCall): Promise<void> {
			const name = `${tab}/${callId}`;
			if (running.has(name)) return;
			running.add(name);
			const result = await resultOf(call);
			running.delete(name);
			post({ type: 'returned', to: tab, callId, result });
		},
	};
}
