// Timers for a page that may be hidden: browsers slow the timers of hidden pages down to one a second,
// later one a minute, and leave those of workers alone. Knows nothing of what is waited for.
import type { TimerCommand, TimerRing } from './timer-protocol.ts';

const running = new Map<number, ReturnType<typeof setTimeout>>();

self.addEventListener('message', (event: MessageEvent<TimerCommand>) => {
	const command = event.data;
	if (command.type === 'cancel') {
		clearTimeout(running.get(command.id));
		running.delete(command.id);
		return;
	}
	const ring = () => {
		running.delete(command.id);
		self.postMessage({ id: command.id } satisfies TimerRing);
	};
	running.set(command.id, setTimeout(ring, command.durationMs));
});
