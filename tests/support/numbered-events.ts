// Events that carry a number and nothing else a test looks at, to be told apart behind a bus.
import { create } from '@bufbuild/protobuf';
import type { EventBody } from '../../bus/message-bus.ts';
import {
	CatalogAvailabilityChangedSchema,
	type BusEvent,
	type EntryAvailability,
} from '../../proto/gen/giggityflix/v1/events_pb.js';

/** The event that is number `number` of its key. */
export function numbered(key: string, number: number): EventBody {
	const value = create(CatalogAvailabilityChangedSchema, {
		entries: [{ catalogId: key, availablePeers: number }],
	});
	return { case: 'catalogAvailabilityChanged', value };
}

/** -1 for an event without a number. */
export function numberOf(event: BusEvent): number {
	const [entry] = entriesOf(event);
	return entry?.availablePeers ?? -1;
}

export function entriesOf({ body }: Pick<BusEvent, 'body'>): EntryAvailability[] {
	return body.case === 'catalogAvailabilityChanged' ? body.value.entries : [];
}
