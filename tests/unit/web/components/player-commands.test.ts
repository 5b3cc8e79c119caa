// Commands as they arrive at a player.
import { describe, expect, it } from 'vitest';
import {
	obeyCommand,
	type ControlledMedia,
	type PlayerRequest,
} from '../../../../web/lib/components/player-commands.ts';
import type { PlayerCommand } from '../../../../web/lib/components/player-keys.ts';

function world(changes: Partial<ControlledMedia> = {}) {
	const media = {
		paused: true,
		muted: false,
		volume: 0.95,
		currentTime: 58,
		duration: 60,
		playbackRate: 1,
		ownerDocument: { fullscreenElement: null } as Document,
		...changes,
	};
	const requests: PlayerRequest[] = [];
	const obey = (command: PlayerCommand) =>
		obeyCommand(command, media, (type) => void requests.push(type));
	return { media, requests, obey };
}

describe('a command', () => {
	it('seeks within the film', () => {
		const { media, obey } = world();
		obey({ kind: 'seek-by', seconds: 10 });
		expect(media.currentTime).toBe(60);
		obey({ kind: 'seek-to-share', share: 0.5 });
		expect(media.currentTime).toBe(30);
		obey({ kind: 'seek-by', seconds: -50 });
		expect(media.currentTime).toBe(0);
	});

	it('seeks in a film whose length is not known yet', () => {
		const { media, obey } = world({ duration: Number.NaN });
		obey({ kind: 'seek-to-share', share: 0.5 });
		expect(media.currentTime).toBe(58);
		obey({ kind: 'seek-by', seconds: 5 });
		expect(media.currentTime).toBe(63);
	});

	it('keeps volume and speed within what there is', () => {
		const { media, obey } = world();
		obey({ kind: 'change-volume', by: 0.1 });
		expect(media.volume).toBe(1);
		obey({ kind: 'change-speed', steps: 1 });
		expect(media.playbackRate).toBe(1.25);
		obey({ kind: 'toggle-mute' });
		expect(media.muted).toBe(true);
	});

	it('asks for the opposite of what is', () => {
		const paused = world();
		paused.obey({ kind: 'toggle-play' });
		paused.obey({ kind: 'toggle-fullscreen' });
		expect(paused.requests).toEqual(['mediaplayrequest', 'mediaenterfullscreenrequest']);
		const playing = world({
			paused: false,
			ownerDocument: { fullscreenElement: {} } as Document,
		});
		playing.obey({ kind: 'toggle-play' });
		playing.obey({ kind: 'toggle-fullscreen' });
		expect(playing.requests).toEqual(['mediapauserequest', 'mediaexitfullscreenrequest']);
	});
});
