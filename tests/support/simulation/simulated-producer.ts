// A program's way of publishing on the simulated bus.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { Topic } from '../../../bus/topics.ts';
import type { Life, Surroundings } from './surroundings.ts';

/** How long a producer tries to reach a bus that is away. */
const deliveryTimeoutMs = 20_000;
const retryMs = 250;

export interface EventRecord {
	readonly topic: Topic;
	readonly key: string;
	readonly bytes: Uint8Array;
}

/** The bus as a producer finds it. */
interface Broker extends Surroundings {
	readonly isAway: boolean;
	readonly isUnruly: boolean;
}

interface Unsent extends EventRecord {
	readonly expiresMs: number;
	readonly resolve: () => void;
	readonly reject: (error: Error) => void;
}

/** Resolves when the event is stored. */
type Send = (record: EventRecord) => Promise<void>;

/** One request at a time takes along what came meanwhile. An answer that is lost stores its events twice. */
export function createProducer(
	broker: Broker,
	life: Life,
	store: (record: EventRecord) => void,
): Send {
	const { time, choice, log } = broker;
	let unsent: Unsent[] = [];
	let isSending = false;

	function pump(): void {
		if (isSending || unsent.length === 0) return;
		isSending = true;
		time.after(choice.between(0.5, broker.isUnruly ? 400 : 5), transmit);
	}

	function transmit(): void {
		if (life.isOver) return;
		if (broker.isAway) {
			const isLate = ({ expiresMs }: Unsent) => expiresMs <= time.nowMs();
			for (const { reject } of unsent.filter(isLate)) reject(away());
			unsent = unsent.filter((event) => !isLate(event));
			time.after(retryMs, transmit);
			return;
		}
		const batch = unsent;
		unsent = [];
		for (const event of batch) store(event);
		const isAnswerLost = choice.happens(broker.isUnruly ? 0.1 : 0.005);
		if (isAnswerLost) {
			log.note(`bus ${life.name} sends ${batch.length} events again`);
			for (const event of batch) store(event);
		}
		time.after(choice.between(0.5, 3), () => {
			isSending = false;
			if (life.isOver) return;
			for (const { resolve } of batch) resolve();
			pump();
		});
	}

	return (record) =>
		new Promise((resolve, reject) => {
			unsent.push({ ...record, expiresMs: time.nowMs() + deliveryTimeoutMs, resolve, reject });
			pump();
		});
}

function away(): GiggityflixError {
	return new GiggityflixError('unavailable', 'the bus is away');
}
