// Messages between the tabs of one browser, by BroadcastChannel. Where there is none a tab is alone.
import type { TabChannel } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';

export function broadcastTabChannel(name: string): TabChannel {
	const channel = new BroadcastChannel(name);
	return {
		post: (message) => {
			try {
				channel.postMessage(message);
			} catch (caught) {
				// DataCloneError: the message has something in it that cannot be cloned.
				throw GiggityflixError.from(caught);
			}
		},
		listen: (onMessage) => {
			const hear = (event: MessageEvent<unknown>) => onMessage(event.data);
			channel.addEventListener('message', hear);
			return () => channel.removeEventListener('message', hear);
		},
		close: () => channel.close(),
	};
}
