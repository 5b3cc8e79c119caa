// The owner a remote film comes from at present: looked for, opened, left and looked for again. The rule: it waits for
// whoever may come back, and gives up only when no waiting puts it right. Knows no bytes and no readers.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { PeerId } from '../../../proto/ids.ts';
import type { WatchTarget } from '../../peer.ts';
import type { Clock, RandomBytes } from '../../ports.ts';
import type { ByteSourceFacts } from '../byte-source.ts';
import { findOwner, type OpenedAtOwner, type OwnerSearch } from './owner-search.ts';
import type { OpenPhase, Phase } from './remote-phase.ts';
import { retryDelayMs } from './retry-delay.ts';
import { createDeferred, orAborted, type Deferred } from '../settling.ts';
import type { ViewingLinks } from './viewing-links.ts';

export interface PresentOwner {
	phase(): Phase;
	/** Waits until an owner serves; throws the reason when none will, `signal.reason`, or `cancelled` after the lifetime. */
	opened(signal: AbortSignal): Promise<OpenedAtOwner>;
	/** Leaves an owner whose link is gone, or who fails for now, and looks for one again. */
	leave(at: OpenedAtOwner, error?: GiggityflixError): void;
	/** This owner's answer is final. */
	fail(at: OpenedAtOwner, error: GiggityflixError): void;
	/** After a failure a person may try again; the file may then be another one. */
	startAfresh(): void;
	/** No need to wait any longer for the next attempt. */
	hurry(): void;
	/** Lets go of the owner, once the lifetime is over. */
	release(): void;
}

export interface PresentOwnerOptions {
	readonly target: WatchTarget;
	readonly viewingLinks: ViewingLinks;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly lifetime: AbortSignal;
	/** The phase, or what is known of the link, is another one. */
	readonly onChanged: () => void;
	/** Before any reader hears of it. */
	readonly onOpened: (at: OpenedAtOwner) => void;
}

const routeRetryMs = 500;
const routeAttempts = 10;

interface Present extends PresentOwnerOptions {
	readonly search: OwnerSearch;
	phase: Phase;
	/** Resolved and replaced at every change of phase. */
	phaseChanged: Deferred<undefined>;
	/** Ends the wait for the next attempt. */
	wake: AbortController;
}

export function createPresentOwner(options: PresentOwnerOptions): PresentOwner {
	const { target, viewingLinks, clock } = options;
	const present: Present = {
		...options,
		search: { target, viewingLinks, clock, versions: new Map<PeerId, ByteSourceFacts>() },
		phase: { kind: 'idle' },
		phaseChanged: createDeferred(),
		wake: new AbortController(),
	};
	return {
		phase: () => present.phase,
		opened: (signal) => opened(present, signal),
		leave: (at, error) => leave(present, at, error),
		fail: (at, error) => fail(present, at, error),
		startAfresh() {
			present.search.versions.clear();
			start(present);
		},
		hurry: () => present.wake.abort(),
		release() {
			if (present.phase.kind === 'open') present.phase.at.lease.release();
		},
	};
}

async function opened(present: Present, signal: AbortSignal): Promise<OpenedAtOwner> {
	const either = AbortSignal.any([signal, present.lifetime]);
	for (;;) {
		either.throwIfAborted();
		const { phase } = present;
		if (phase.kind === 'open') return phase.at;
		if (phase.kind === 'failed') throw phase.error;
		if (phase.kind === 'idle') start(present);
		await orAborted(present.phaseChanged.promise, either);
	}
}

function start(present: Present, lastError?: GiggityflixError): void {
	// Rejects only when the lifetime is over.
	connect(present, lastError).catch(() => undefined);
}

/** Looks for an owner until there is one or none will ever be. */
async function connect(present: Present, lastError?: GiggityflixError): Promise<void> {
	const { clock, randomBytes } = present;
	if (lastError !== undefined) {
		await waitToRetry(present, lastError, retryDelayMs(0, randomBytes));
	}
	for (let attempt = 0; ; attempt++) {
		enter(present, { kind: 'connecting', sinceMs: clock.now() });
		const found = await findOwner(present.search, present.lifetime);
		if ('lease' in found) {
			settle(present, found);
			return;
		}
		if (found.isFinal) {
			enter(present, { kind: 'failed', error: found.error });
			return;
		}
		await waitToRetry(present, found.error, retryDelayMs(attempt, randomBytes));
	}
}

async function waitToRetry(
	present: Present,
	error: GiggityflixError,
	delayMs: number,
): Promise<void> {
	const { clock, lifetime } = present;
	present.wake = new AbortController();
	enter(present, { kind: 'lost', error, retryAtMs: clock.now() + delayMs });
	await clock
		.sleep(delayMs, AbortSignal.any([present.wake.signal, lifetime]))
		.catch(() => undefined);
	lifetime.throwIfAborted();
}

function settle(present: Present, at: OpenedAtOwner): void {
	const phase: OpenPhase = { kind: 'open', at, route: 'unknown' };
	at.lease.link.closed.addEventListener('abort', () => leave(present, at), {
		once: true,
		// The link may serve others for long, and is not to hold what this film has kept.
		signal: present.lifetime,
	});
	enter(present, phase);
	if (at.lease.link.closed.aborted) {
		leave(present, at);
		return;
	}
	present.onOpened(at);
	// Ends when the lifetime is over.
	learnRoute(present, phase).catch(() => undefined);
}

/** Browsers know the way a little after the link is open. */
async function learnRoute(present: Present, phase: OpenPhase): Promise<void> {
	const { clock, lifetime } = present;
	for (let attempt = 0; attempt < routeAttempts && present.phase === phase; attempt++) {
		phase.route = await phase.at.lease.link.route();
		present.onChanged();
		if (phase.route !== 'unknown') return;
		await clock.sleep(routeRetryMs, lifetime);
	}
}

function leave(present: Present, at: OpenedAtOwner, error?: GiggityflixError): void {
	if (present.phase.kind !== 'open' || present.phase.at !== at) return;
	// What is closed has let go already.
	if (present.lifetime.aborted) return;
	at.lease.release();
	start(present, error);
}

function fail(present: Present, at: OpenedAtOwner, error: GiggityflixError): void {
	if (present.phase.kind !== 'open' || present.phase.at !== at) return;
	at.lease.release();
	enter(present, { kind: 'failed', error });
}

function enter(present: Present, phase: Phase): void {
	present.phase = phase;
	const { phaseChanged } = present;
	present.phaseChanged = createDeferred();
	phaseChanged.resolve(undefined);
	present.onChanged();
}
