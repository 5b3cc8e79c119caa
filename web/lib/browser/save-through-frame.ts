// Saves what the service worker answers as a file of the person's. Links with a download attribute go past the
// worker in Chromium, which would save the app's own page under the film's name; a frame that is led to an
// attachment asks the worker, becomes a download and stays empty.

/** `url` is answered as an attachment, which also names the file. */
export function saveThroughFrame(url: string): void {
	// One is enough: a frame whose navigation became a download is as good as new.
	const frame = document.querySelector<HTMLIFrameElement>('iframe[data-saves]') ?? makeFrame();
	frame.src = url;
}

function makeFrame(): HTMLIFrameElement {
	const frame = document.createElement('iframe');
	frame.dataset['saves'] = '';
	frame.hidden = true;
	document.body.append(frame);
	return frame;
}
