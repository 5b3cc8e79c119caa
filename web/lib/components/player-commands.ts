// Carries out what a key has asked of the player. What the media element can do itself is done there; the
// rest is requested from media-chrome, which knows full screen and subtitles. Knows no keys.
import { speedAfter, type PlayerCommand } from './player-keys.ts';

/** Events media-chrome's controller answers to. */
export type PlayerRequest =
	| 'mediaplayrequest'
	| 'mediapauserequest'
	| 'mediaenterfullscreenrequest'
	| 'mediaexitfullscreenrequest'
	| 'mediatogglesubtitlesrequest';

/** What is needed of a `<video>`. */
export type ControlledMedia = Pick<
	HTMLVideoElement,
	'paused' | 'muted' | 'volume' | 'currentTime' | 'duration' | 'playbackRate' | 'ownerDocument'
>;

export function obeyCommand(
	command: PlayerCommand,
	media: ControlledMedia,
	request: (type: PlayerRequest) => void,
): void {
	switch (command.kind) {
		case 'toggle-play':
			request(media.paused ? 'mediaplayrequest' : 'mediapauserequest');
			break;
		case 'toggle-mute':
			media.muted = !media.muted;
			break;
		case 'toggle-fullscreen':
			request(
				media.ownerDocument.fullscreenElement
					? 'mediaexitfullscreenrequest'
					: 'mediaenterfullscreenrequest',
			);
			break;
		case 'toggle-captions':
			request('mediatogglesubtitlesrequest');
			break;
		case 'seek-by':
			media.currentTime = within(media.currentTime + command.seconds, media.duration);
			break;
		case 'seek-to-share':
			if (Number.isFinite(media.duration)) media.currentTime = media.duration * command.share;
			break;
		case 'change-volume':
			media.volume = within(media.volume + command.by, 1);
			break;
		case 'change-speed':
			media.playbackRate = speedAfter(media.playbackRate, command.steps);
			break;
	}
}

/** A film whose length is not known yet has no end to stop at. */
function within(value: number, most: number): number {
	return Math.max(0, Number.isFinite(most) ? Math.min(most, value) : value);
}
