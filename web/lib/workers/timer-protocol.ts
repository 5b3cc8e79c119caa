// What the page and its timer worker say to each other. Types only.

/** Asks for one timer, or takes it back. */
export type TimerCommand =
	| { readonly type: 'start'; readonly id: number; readonly durationMs: number }
	| { readonly type: 'cancel'; readonly id: number };

/** A timer has run out. */
export interface TimerRing {
	readonly id: number;
}
