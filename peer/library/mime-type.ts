// MIME types by extension, for files nobody has probed yet and for side-cars. A pure table; what a probe
// found inside a file is more precise and wins.
const mimeTypes: Partial<Record<string, string>> = {
	'.mp4': 'video/mp4',
	'.m4v': 'video/mp4',
	'.mov': 'video/quicktime',
	'.mkv': 'video/x-matroska',
	'.webm': 'video/webm',
	'.avi': 'video/x-msvideo',
	'.mpg': 'video/mpeg',
	'.mpeg': 'video/mpeg',
	'.ts': 'video/mp2t',
	'.m2ts': 'video/mp2t',
	'.wmv': 'video/x-ms-wmv',
	'.flv': 'video/x-flv',
	'.ogv': 'video/ogg',
	'.srt': 'application/x-subrip',
	'.vtt': 'text/vtt',
};

/** MIME type of a path or file name by its extension in any case; empty when unknown, as in `OpenFile.mimeType`. */
export function mimeTypeOf(path: string): string {
	const dot = path.lastIndexOf('.');
	return (dot === -1 ? undefined : mimeTypes[path.slice(dot).toLowerCase()]) ?? '';
}
