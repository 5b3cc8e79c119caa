// Whether this browser plays a film as it is, judged by what a probe found. Containers are not asked for:
// Chromium plays Matroska and says it does not. Takes the browser's own answer as a function.
import type { ProbedFacts } from '../../../peer/ports.ts';

/** As `HTMLMediaElement.canPlayType`: empty means no. */
export type CanPlayType = (mimeType: string) => string;

/** Containers no browser opens, whatever is inside. */
const closedContainers = new Set([
	'video/x-msvideo',
	'video/avi',
	'video/x-ms-wmv',
	'video/mpeg',
	'video/x-flv',
]);

export function isPlayable(facts: ProbedFacts, canPlayType: CanPlayType): boolean {
	if (closedContainers.has(facts.mimeType)) return false;
	return facts.videoCodec === '' || canPlayCodec(facts.videoCodec, canPlayType);
}

/** Whether a film with a picture would be silent here. */
export function isSilent(audioCodec: string, canPlayType: CanPlayType): boolean {
	return audioCodec !== '' && !canPlayCodec(audioCodec, canPlayType);
}

function canPlayCodec(codec: string, canPlayType: CanPlayType): boolean {
	return ['video/mp4', 'video/webm'].some(
		(type) => canPlayType(`${type}; codecs="${codec}"`) !== '',
	);
}
