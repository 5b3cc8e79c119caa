// One spelling for the address of whoever is at the other end.

/** `::ffff:192.0.2.1` is 192.0.2.1 to everyone but the socket API. */
export function plainAddress(address: string): string {
	return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
