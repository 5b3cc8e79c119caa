// The settings page: what the peer remembers, and the identity behind its name. The phrase is held only
// while it is shown. Contains no rule about phrases or limits.
import type { PeerSettings } from '../../../peer/library/library-item.ts';
import type { Peer } from '../../../peer/peer.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { normalizePhrase } from './settings-input.ts';
import type { PeerState } from './peer-state.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';
import { attemptFailed, type Attempt } from './words.ts';

export class SettingsState {
	#phrase = $state<string>();
	#isRestoring = $state(false);
	readonly #peer: Peer;
	readonly #peerState: PeerState;
	readonly #toasts: Toasts;

	constructor(peer: Peer, peerState: PeerState, toasts: Toasts) {
		this.#peer = peer;
		this.#peerState = peerState;
		this.#toasts = toasts;
	}

	get settings(): PeerSettings {
		return this.#peerState.snapshot.settings;
	}

	get peerId(): string {
		return this.#peerState.snapshot.identity?.peerId ?? '';
	}

	/** The phrase while it is shown. */
	get phrase(): string | undefined {
		return this.#phrase;
	}

	get isRestoring(): boolean {
		return this.#isRestoring;
	}

	/** True when it was saved; says so when not. */
	save(changes: Partial<PeerSettings>): Promise<boolean> {
		return this.#attempt('save-settings', () => this.#peer.updateSettings(changes));
	}

	async revealPhrase(): Promise<void> {
		await this.#attempt('reveal-phrase', async () => {
			this.#phrase = await this.#peer.revealPhrase();
		});
	}

	hidePhrase(): void {
		this.#phrase = undefined;
	}

	/** True when this browser is now the peer of the phrase. */
	async restorePhrase(phrase: string): Promise<boolean> {
		this.#isRestoring = true;
		this.hidePhrase();
		const isRestored = await this.#attempt('restore-phrase', () =>
			this.#peer.restorePhrase(normalizePhrase(phrase)),
		);
		this.#isRestoring = false;
		return isRestored;
	}

	async #attempt(what: Attempt, run: () => Promise<void>): Promise<boolean> {
		try {
			await run();
			return true;
		} catch (caught) {
			this.#toasts.show(attemptFailed(what, GiggityflixError.from(caught).code));
			return false;
		}
	}
}
