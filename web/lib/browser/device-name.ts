// A name for this peer that its owner's friends will recognise, until the owner chooses one: "Chrome on
// Linux". Pure. User-agent strings lie in well-known ways, so the order of the tables matters.

/** Every browser claims to be the ones below it. */
const browsers: readonly (readonly [RegExp, string])[] = [
	[/\bEdgA?\//, 'Edge'],
	[/\bOPR\//, 'Opera'],
	[/\bSamsungBrowser\//, 'Samsung Internet'],
	[/\bFirefox\/|\bFxiOS\//, 'Firefox'],
	[/Chrome\/|\bCriOS\//, 'Chrome'],
	[/\bSafari\//, 'Safari'],
];

/** Android claims to be Linux, and iPhones claim to be like Macs. */
const systems: readonly (readonly [RegExp, string])[] = [
	[/\bAndroid\b/, 'Android'],
	[/\biPhone\b/, 'iPhone'],
	[/\biPad\b/, 'iPad'],
	[/\bCrOS\b/, 'Chromebook'],
	[/\bWindows\b/, 'Windows'],
	[/\bMac OS X\b/, 'Mac'],
	[/\bLinux\b/, 'Linux'],
];

/** `userAgent` is `navigator.userAgent`. */
export function deviceNameOf(userAgent: string): string {
	const browser = firstMatch(browsers, userAgent) ?? 'Browser';
	const system = firstMatch(systems, userAgent);
	return system === undefined ? browser : `${browser} on ${system}`;
}

function firstMatch(
	table: readonly (readonly [RegExp, string])[],
	text: string,
): string | undefined {
	return table.find(([pattern]) => pattern.test(text))?.[1];
}
