// Which key does what in the player. Pure: a key goes in, a command comes out. Space and the arrows belong
// to buttons and sliders while those have the focus.

export type PlayerCommand =
	| { readonly kind: 'toggle-play' | 'toggle-mute' | 'toggle-fullscreen' | 'toggle-captions' }
	| { readonly kind: 'seek-by'; readonly seconds: number }
	| { readonly kind: 'seek-to-share'; readonly share: number }
	| { readonly kind: 'change-volume'; readonly by: number }
	| { readonly kind: 'change-speed'; readonly steps: number };

export interface PressedKey {
	readonly key: string;
	readonly hasModifier: boolean;
	/** What has the focus: nothing in particular, a button or link, a slider, or a field for text. */
	readonly focus: 'page' | 'button' | 'slider' | 'text';
}

const commands: ReadonlyMap<string, PlayerCommand> = new Map<string, PlayerCommand>([
	['k', { kind: 'toggle-play' }],
	['j', { kind: 'seek-by', seconds: -10 }],
	['l', { kind: 'seek-by', seconds: 10 }],
	['m', { kind: 'toggle-mute' }],
	['f', { kind: 'toggle-fullscreen' }],
	['c', { kind: 'toggle-captions' }],
	['<', { kind: 'change-speed', steps: -1 }],
	['>', { kind: 'change-speed', steps: 1 }],
]);

const arrows: ReadonlyMap<string, PlayerCommand> = new Map<string, PlayerCommand>([
	['ArrowLeft', { kind: 'seek-by', seconds: -5 }],
	['ArrowRight', { kind: 'seek-by', seconds: 5 }],
	['ArrowUp', { kind: 'change-volume', by: 0.1 }],
	['ArrowDown', { kind: 'change-volume', by: -0.1 }],
]);

/** `undefined`: the key is not the player's. */
export function commandOfKey(pressed: PressedKey): PlayerCommand | undefined {
	const { key, hasModifier, focus } = pressed;
	if (hasModifier || focus === 'text') return undefined;
	if (key === ' ') return focus === 'page' ? { kind: 'toggle-play' } : undefined;
	if (/^\d$/.test(key)) return { kind: 'seek-to-share', share: Number(key) / 10 };
	return (focus === 'slider' ? undefined : arrows.get(key)) ?? commands.get(key.toLowerCase());
}

/** What an element is to the keyboard. Menus and dialogs have keys of their own, as fields of text do. */
export function focusOf(element: Element | null): PressedKey['focus'] {
	if (!element || element === document.body) return 'page';
	if (element.closest('[role="menu"], [role="dialog"], [role="alertdialog"]')) return 'text';
	const name = element.localName;
	if (/^(input|textarea|select)$/.test(name)) return 'text';
	if (/^media-.*menu/.test(name)) return 'text';
	if (/^media-.*range$/.test(name)) return 'slider';
	if (/^(a|button|summary)$/.test(name) || /^media-.*button$/.test(name)) return 'button';
	return 'page';
}

const speeds = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

/** The speed some steps away from another, within what players offer. */
export function speedAfter(speed: number, steps: number): number {
	const nearest = speeds.reduce(
		(best, candidate, index) =>
			Math.abs(candidate - speed) < Math.abs((speeds[best] ?? 1) - speed) ? index : best,
		0,
	);
	return speeds[Math.min(speeds.length - 1, Math.max(0, nearest + steps))] ?? 1;
}
