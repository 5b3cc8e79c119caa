// Where an event goes that cannot be handled: the topic of the same name with ".dlq" behind it, as it came,
// with headers that say what happened. Nothing reads it but people.
import type { KafkaMessage } from 'kafkajs';
import { GiggityflixError } from '../../proto/errors.ts';
import { asTopic, type Topic } from '../topics.ts';
import type { EventOutbox } from './event-outbox.ts';

/** An event and where it was read. */
export interface Placed {
	readonly topic: Topic;
	readonly partition: number;
	readonly message: KafkaMessage;
}

/** Puts an event aside. Rejects while no broker takes it: it must not be passed over then. */
export type PutAside = (event: Placed, group: string, caught: unknown) => Promise<void>;

export const deadLetterTopicOf = (topic: Topic): Topic => asTopic(`${topic}.dlq`);

export function createDeadLetters(outbox: EventOutbox): PutAside {
	return ({ topic, partition, message }, group, caught) => {
		const error = GiggityflixError.from(caught);
		return outbox.send({
			topic: deadLetterTopicOf(topic),
			key: message.key,
			value: message.value,
			headers: {
				...message.headers,
				error: error.message.slice(0, 1_000),
				'error-code': error.code,
				group,
				topic,
				partition: String(partition),
				offset: message.offset,
			},
		});
	};
}
