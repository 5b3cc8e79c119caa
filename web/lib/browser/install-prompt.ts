// The browser's offer to install the page as an app. Browsers announce it once, early, and only those
// that can; the event is held back until the person asks for it. Knows nothing of how it is shown.

/** Installing the page as an app. */
export interface InstallPrompt {
	/** Whether the browser can install the page now. */
	isAvailable(): boolean;
	/** Calls back when `isAvailable()` changed. Returns the unsubscribe. */
	subscribe(onChange: () => void): () => void;
	/** Shows the browser's own dialog; call it from a click. True when the person accepted. */
	show(): Promise<boolean>;
}

/** Chromium's event; not yet in TypeScript's library, because it is in no standard. */
interface BeforeInstallPromptEvent extends Event {
	prompt(): Promise<{ readonly outcome: 'accepted' | 'dismissed' }>;
}

/** Starts listening at once: the event comes soon after the page has loaded and is not repeated. */
export function createInstallPrompt(page: EventTarget = window): InstallPrompt {
	const listeners = new Set<() => void>();
	let offered: BeforeInstallPromptEvent | undefined;

	const offer = (event: BeforeInstallPromptEvent | undefined) => {
		offered = event;
		for (const listener of listeners) listener();
	};
	page.addEventListener('beforeinstallprompt', (event) => {
		event.preventDefault();
		offer(event as BeforeInstallPromptEvent);
	});
	page.addEventListener('appinstalled', () => offer(undefined));

	return {
		isAvailable: () => offered !== undefined,
		subscribe: (onChange) => {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		show: async () => {
			const event = offered;
			if (event === undefined) return false;
			// An event can be used once; after a refusal the browser sends a new one when it sees fit.
			offer(undefined);
			return (await event.prompt()).outcome === 'accepted';
		},
	};
}
