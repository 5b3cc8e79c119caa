// One upload cap for all tabs of a browser: those that send now tell each other so, and each takes an equal share. Rule:
// no tab leads in this, so none has to be waited for, and a tab that says nothing for a while is not counted. Without
// a cap nothing is said.
import { randomId, type OfferId } from '../../proto/ids.ts';
import type { Clock, RandomBytes, TabChannel } from '../ports.ts';
import { createUploadCap, type UploadCap } from '../transfer/serving/upload-cap.ts';

export interface TabUploadCapOptions {
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	/** Of its own: nothing else is said on it. */
	readonly channel: TabChannel;
	/** Of all tabs together; 0 for none. */
	readonly maxUploadKbps: () => number;
}

/** Said by a tab that sends, for as long as it does. */
interface Sending {
	readonly sendingTab: string;
}

const toldEveryMs = 1000;
/** Three of them may be late before a tab is taken to have stopped. */
const countedMs = 3 * toldEveryMs;

export function createTabUploadCap(options: TabUploadCapOptions): UploadCap {
	const { clock, channel, maxUploadKbps } = options;
	const sendingTab = randomId<OfferId>(options.randomBytes) as string;
	/** When the others were last heard. */
	const others = new Map<string, number>();
	let toldAtMs = -Infinity;

	function tell(): void {
		toldAtMs = clock.monotonicMs();
		channel.post({ sendingTab } satisfies Sending);
	}

	channel.listen((message) => {
		if (!isSending(message)) return;
		const isNew = !others.has(message.sendingTab);
		const nowMs = clock.monotonicMs();
		others.set(message.sendingTab, nowMs);
		// Whoever begins has to hear at once who sends already.
		if (isNew && nowMs - toldAtMs < countedMs) tell();
	});

	/** Asked for whenever something is sent, or waits to be. */
	function shareKbps(): number {
		const allKbps = maxUploadKbps();
		if (allKbps === 0) return 0;
		const nowMs = clock.monotonicMs();
		if (nowMs - toldAtMs >= toldEveryMs) tell();
		for (const [tab, heardAtMs] of others) if (nowMs - heardAtMs > countedMs) others.delete(tab);
		return allKbps / (1 + others.size);
	}

	return createUploadCap({ clock, maxUploadKbps: shareKbps });
}

/** Only tabs of this origin can post. */
function isSending(message: unknown): message is Sending {
	return typeof message === 'object' && message !== null && 'sendingTab' in message;
}
