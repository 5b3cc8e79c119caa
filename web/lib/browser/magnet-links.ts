// How magnets and .torrent files reach the page from outside: as the handler of magnet links, and by the launch
// queue of an installed app (https://wicg.github.io/web-app-launch/). Knows nothing of what is in them.

declare global {
	interface Window {
		readonly launchQueue?: {
			setConsumer(
				consumer: (launch: {
					readonly targetURL?: string;
					readonly files?: readonly FileSystemFileHandle[];
				}) => void,
			): void;
		};
	}
}

/** What the app was opened with while it was open already, or to be opened. */
export type Launch =
	| { readonly kind: 'file'; readonly file: File }
	/** A path of this app with its hash. */
	| { readonly kind: 'address'; readonly href: string };

export interface MagnetLinks {
	/** Whether this browser can be asked to open magnets here. */
	readonly canHandle: boolean;
	/** Asks the browser, which asks the person. Call it from a click. Throws where it is refused at once. */
	handle(): void;
	/** Calls back for each launch, also for the one that started this page. */
	onLaunch(listener: (launch: Launch) => void): void;
}

export function createMagnetLinks(): MagnetLinks {
	return {
		canHandle: typeof navigator.registerProtocolHandler === 'function',
		handle: () => navigator.registerProtocolHandler('magnet', '/magnet#link=%s'),
		onLaunch: (listener) =>
			window.launchQueue?.setConsumer(({ targetURL, files = [] }) => {
				const [handle] = files;
				if (handle) {
					// A file that is gone by now is not worth a message.
					handle.getFile().then(
						(file) => listener({ kind: 'file', file }),
						() => undefined,
					);
				} else if (targetURL !== undefined) {
					const url = new URL(targetURL);
					const href = `${url.pathname}${url.search}${url.hash}`;
					if (url.origin === location.origin) listener({ kind: 'address', href });
				}
			}),
	};
}
