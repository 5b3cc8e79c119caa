// The operator page: the token while this tab is open, one look at the cluster again and again, and what the
// operator sends. Knows no network and no storage but through what it is given.
import { GiggityflixError, type ErrorCode } from '../../../proto/errors.ts';
import type {
	CommandPicture,
	OperatorCommand,
	OperatorQuery,
	OperatorSnapshot,
} from '../../../proto/operator.ts';
import type { Toasts } from './toasts.svelte.ts';
import { commandFailed, sessionNotClosed } from './operator-words.ts';

/** Every call throws GiggityflixError. */
export interface OperatorClient {
	snapshot(token: string, query: OperatorQuery): Promise<OperatorSnapshot>;
	/** Resolves when the peer has answered. */
	send(token: string, command: OperatorCommand): Promise<void>;
	pictures(token: string, commandId: string): Promise<CommandPicture[]>;
	closeSession(token: string, sessionId: string): Promise<void>;
}

/** Where the token lies while the tab is open; sessionStorage fits. */
export type TokenStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

interface Deps {
	readonly client: OperatorClient;
	readonly tokens: TokenStore;
	readonly toasts: Pick<Toasts, 'show'>;
	/** Calls back after a delay; the returned function cancels. */
	readonly after: (delayMs: number, callback: () => void) => () => void;
	/** False while nobody can see the page. */
	readonly isVisible: () => boolean;
}

const tokenKey = 'giggityflix.operator-token';
const pollMs = 2_000;

export class OperatorState {
	#token = $state<string>();
	#snapshot = $state.raw<OperatorSnapshot>();
	#problem = $state<ErrorCode>();
	#isAsking = $state(false);
	#query = $state.raw<OperatorQuery>({ peers: '', films: '' });
	#pictures = $state.raw<{ readonly commandId: string; readonly pictures: CommandPicture[] }>();
	#cancel = (): void => undefined;
	/** Answers to what was asked before the last change are not shown. */
	#turn = 0;
	readonly #deps: Deps;

	constructor(deps: Deps) {
		this.#deps = deps;
		this.#token = deps.tokens.getItem(tokenKey) ?? undefined;
	}

	/** The last look that succeeded; none before, and none without a token. */
	get snapshot(): OperatorSnapshot | undefined {
		return this.#snapshot;
	}

	/** Why the last look failed. */
	get problem(): ErrorCode | undefined {
		return this.#problem;
	}

	get hasToken(): boolean {
		return this.#token !== undefined;
	}

	/** A token is being tried. */
	get isAsking(): boolean {
		return this.#isAsking;
	}

	get query(): OperatorQuery {
		return this.#query;
	}

	/** The pictures that are shown. */
	get pictures() {
		return this.#pictures;
	}

	/** Begins to look, when there is a token. The function returned stops. */
	start(): () => void {
		if (this.#token !== undefined) void this.#look();
		return () => {
			this.#turn += 1;
			this.#cancel();
		};
	}

	/** Tries a token; it is kept when it is right. */
	async enter(token: string): Promise<void> {
		this.#token = token;
		this.#isAsking = true;
		await this.#look();
		this.#isAsking = false;
	}

	/** Forgets the token and what was seen with it. */
	leave(): void {
		this.#turn += 1;
		this.#cancel();
		this.#deps.tokens.removeItem(tokenKey);
		this.#token = undefined;
		this.#snapshot = undefined;
		this.#problem = undefined;
		this.#pictures = undefined;
	}

	search(query: Partial<OperatorQuery>): void {
		this.#query = { ...this.#query, ...query };
		void this.#look();
	}

	/** The result appears in the list of commands; a refusal is told as well. */
	async send(command: OperatorCommand): Promise<void> {
		const sent = this.#deps.client.send(this.#token ?? '', command);
		const answered = sent.catch((caught: unknown) => {
			this.#deps.toasts.show(commandFailed(GiggityflixError.from(caught)));
		});
		void this.#look();
		await answered;
		await this.#look();
	}

	async closeSession(sessionId: string): Promise<void> {
		try {
			await this.#deps.client.closeSession(this.#token ?? '', sessionId);
		} catch (caught) {
			this.#deps.toasts.show(sessionNotClosed(GiggityflixError.from(caught).code));
		}
		await this.#look();
	}

	async showPictures(commandId: string): Promise<void> {
		try {
			const pictures = await this.#deps.client.pictures(this.#token ?? '', commandId);
			this.#pictures = { commandId, pictures };
		} catch (caught) {
			this.#deps.toasts.show(commandFailed(GiggityflixError.from(caught)));
		}
	}

	hidePictures(): void {
		this.#pictures = undefined;
	}

	async #look(): Promise<void> {
		const token = this.#token;
		if (token === undefined) return;
		this.#cancel();
		const turn = (this.#turn += 1);
		try {
			const snapshot = await this.#deps.client.snapshot(token, this.#query);
			if (turn !== this.#turn) return;
			this.#snapshot = snapshot;
			this.#problem = undefined;
			this.#deps.tokens.setItem(tokenKey, token);
		} catch (caught) {
			if (turn !== this.#turn) return;
			this.#fail(GiggityflixError.from(caught).code);
		}
		if (this.#token !== undefined) this.#cancel = this.#deps.after(pollMs, () => this.#poll());
	}

	#poll(): void {
		if (this.#deps.isVisible()) void this.#look();
		else this.#cancel = this.#deps.after(pollMs, () => this.#poll());
	}

	/** A refusal ends the looking; a server that is away is waited for. */
	#fail(code: ErrorCode): void {
		const isRefused =
			code === 'unauthenticated' || code === 'not-found' || code === 'resource-exhausted';
		if (isRefused) this.leave();
		this.#problem = code;
	}
}
