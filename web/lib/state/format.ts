// Numbers, sizes, rates and times as a person reads them, by Intl. The texts of the app are English, so
// the numbers in them are too. Knows nothing of what they measure.

const locale = 'en';
const count = new Intl.NumberFormat(locale);
const relativeTime = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const calendarDate = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
const sizeUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function formatCount(value: number): string {
	return count.format(value);
}

/** "1 film", "1,204 films". */
export function formatPlural(value: number, one: string, many: string): string {
	return `${formatCount(value)} ${value === 1 ? one : many}`;
}

/** "1.2 GB", in decimal units as file managers show them. */
export function formatBytes(bytes: number): string {
	const { value, unit } = scale(bytes);
	return unitFormat(unit, value).format(value);
}

/** "4.2 MB/s". */
export function formatRate(bytesPerSecond: number): string {
	const { value, unit } = scale(bytesPerSecond);
	return unitFormat(`${unit}-per-second`, value).format(value);
}

/** A length as a clock shows it: "46:02", "1:52:10". */
export function formatClock(durationMs: number): string {
	const totalSeconds = Math.max(0, Math.round(durationMs / 1000));
	const hours = Math.floor(totalSeconds / 3600);
	const minutes = Math.floor((totalSeconds % 3600) / 60);
	const seconds = String(totalSeconds % 60).padStart(2, '0');
	return hours > 0
		? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}`
		: `${minutes}:${seconds}`;
}

/** A short span in words: "45 s", "1 min 20 s", "2 h 5 min". */
export function formatSpan(spanMs: number): string {
	const totalSeconds = Math.max(0, Math.round(spanMs / 1000));
	if (totalSeconds < 60) return `${totalSeconds} s`;
	const totalMinutes = Math.floor(totalSeconds / 60);
	if (totalMinutes < 60) return withRest(totalMinutes, 'min', totalSeconds % 60, 's');
	return withRest(Math.floor(totalMinutes / 60), 'h', totalMinutes % 60, 'min');
}

/** "5 minutes ago", "yesterday", and a date after a week. */
export function formatAgo(atMs: number, nowMs: number): string {
	const seconds = Math.round((atMs - nowMs) / 1000);
	const minutes = Math.round(seconds / 60);
	const hours = Math.round(minutes / 60);
	const days = Math.round(hours / 24);
	if (days <= -7) return calendarDate.format(atMs);
	if (hours <= -24) return relativeTime.format(days, 'day');
	if (minutes <= -60) return relativeTime.format(hours, 'hour');
	if (seconds <= -60) return relativeTime.format(minutes, 'minute');
	return 'just now';
}

/** The name people use for a picture's size: "4K", "1080p". Wide films are named by their width, upright ones as if they lay. */
export function formatResolution(widthPx: number, heightPx: number): string {
	if (heightPx > widthPx) return formatResolution(heightPx, widthPx);
	const lines = Math.max(heightPx, Math.round((widthPx * 9) / 16));
	if (lines >= 4000) return '8K';
	if (lines >= 2000) return '4K';
	const known = [1440, 1080, 720, 576, 480, 360, 240].find((step) => lines >= step * 0.95);
	return known === undefined ? `${heightPx}p` : `${known}p`;
}

/** "S01 E04". */
export function formatEpisode(season: number | undefined, episode: number | undefined): string {
	const parts: string[] = [];
	if (season !== undefined) parts.push(`S${String(season).padStart(2, '0')}`);
	if (episode !== undefined) parts.push(`E${String(episode).padStart(2, '0')}`);
	return parts.join(' ');
}

function withRest(value: number, unit: string, rest: number, restUnit: string): string {
	return rest === 0 ? `${value} ${unit}` : `${value} ${unit} ${rest} ${restUnit}`;
}

function scale(bytes: number): { value: number; unit: (typeof sizeUnits)[number] } {
	let value = Math.max(0, bytes);
	let step = 0;
	// 999.95 would be rounded to "1,000 kB".
	while (value >= 999.95 && step < sizeUnits.length - 1) {
		value /= 1000;
		step += 1;
	}
	return { value, unit: sizeUnits[step] ?? 'byte' };
}

const unitFormats = new Map<string, Intl.NumberFormat>();

/** Small values keep one decimal, so that a rate does not jump between 1 and 2. */
function unitFormat(unit: string, value: number): Intl.NumberFormat {
	const digits = value >= 100 || unit.startsWith('byte') ? 0 : 1;
	const key = `${unit}/${digits}`;
	const known = unitFormats.get(key);
	if (known) return known;
	const made = new Intl.NumberFormat(locale, {
		style: 'unit',
		unit,
		// The short name of a byte has no plural.
		unitDisplay: unit === 'byte' ? 'long' : 'short',
		maximumFractionDigits: digits,
	});
	unitFormats.set(key, made);
	return made;
}
