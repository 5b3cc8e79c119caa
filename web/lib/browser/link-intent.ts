// Tells which link of the page a person is about to follow: one the pointer or the keyboard rests on, or one
// that is being pressed. A quick sweep across a grid is none. Knows nothing of what is behind links.
import type { Clock } from '../../../peer/ports.ts';

/** Longer than a pointer that only passes over a card, shorter than it takes to press it. */
const restMs = 80;

/** Calls back once each time; returns the way to stop listening. */
export function watchLinkIntent(
	page: Document,
	clock: Clock,
	onIntent: (link: HTMLAnchorElement) => void,
): () => void {
	let resting = new AbortController();
	let restingOn: HTMLAnchorElement | undefined;
	const listening = new AbortController();
	const options = { signal: listening.signal, passive: true, capture: true };

	const rest = ({ target }: Event) => {
		const link = linkOf(target);
		if (link === restingOn) return;
		resting.abort();
		resting = new AbortController();
		restingOn = link;
		if (link === undefined) return;
		clock.sleep(restMs, resting.signal).then(
			() => onIntent(link),
			// It went on to something else.
			() => undefined,
		);
	};
	const press = ({ target }: Event) => {
		const link = linkOf(target);
		if (link !== undefined) onIntent(link);
	};
	page.addEventListener('pointerover', rest, options);
	page.addEventListener('focusin', rest, options);
	page.addEventListener('pointerdown', press, options);
	// The keyboard's press; it comes before the page has begun to change.
	page.addEventListener('click', press, options);
	return () => {
		listening.abort();
		resting.abort();
	};
}

function linkOf(target: EventTarget | null): HTMLAnchorElement | undefined {
	const link = target instanceof Element ? target.closest('a') : null;
	return link ?? undefined;
}
