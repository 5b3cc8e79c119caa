// Events of one key that are handled at once, for subscribers who take them so. One rule for every adapter.
import type { BusEvent } from '../proto/gen/giggityflix/v1/events_pb.js';
import type { Handlers } from './message-bus.ts';
import type { Topic } from './topics.ts';

/** Enough for them to share what a write costs, few enough to end soon when asked to. */
export const mostTogether = 50;

/** Hands over events that wait one behind the other. */
export async function handOver(
	{ handle, handleTogether }: Handlers,
	events: readonly BusEvent[],
	topic: Topic,
): Promise<void> {
	if (handleTogether && events.length > 1) await handleTogether(events, topic);
	else for (const event of events) await handle(event, topic);
}
