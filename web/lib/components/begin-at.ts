// Where a player begins once it knows its film. Knows nothing of why it begins there.

/** What is needed of a `<video>`. */
export type BeginningMedia = Pick<HTMLVideoElement, 'currentTime' | 'duration'>;

/**
 * Goes to `seconds`, unless the film is shorter. The beginning is where a player is already: sent there, it would throw
 * away what it has decoded and look for the first picture again.
 */
export function beginAt(media: BeginningMedia, seconds: number): void {
	if (seconds > 0 && seconds < media.duration) media.currentTime = seconds;
}
