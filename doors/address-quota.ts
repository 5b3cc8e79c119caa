// How many connections one address holds. The limit is generous (see MAX_CONNECTIONS_PER_ADDRESS): it is
// there for the one program that opens sockets until the process has no files left.

export interface AddressQuota {
	hasRoom(address: string): boolean;
	/** Takes a place, whether there is room or not. */
	take(address: string): Place;
}

/** A place that is taken. */
export interface Place {
	/** Once; later calls do nothing. */
	giveBack(): void;
}

export function createAddressQuota(maxPerAddress: number): AddressQuota {
	const taken = new Map<string, number>();
	return {
		hasRoom: (address) => (taken.get(networkOf(address)) ?? 0) < maxPerAddress,
		take: (address) => new TakenPlace(taken, networkOf(address)),
	};
}

/** A class, since every connection has one. */
class TakenPlace implements Place {
	readonly #taken: Map<string, number>;
	readonly #network: string;
	#isHeld = true;

	constructor(taken: Map<string, number>, network: string) {
		this.#taken = taken;
		this.#network = network;
		taken.set(network, (taken.get(network) ?? 0) + 1);
	}

	giveBack(): void {
		if (!this.#isHeld) return;
		this.#isHeld = false;
		const left = (this.#taken.get(this.#network) ?? 1) - 1;
		if (left === 0) this.#taken.delete(this.#network);
		else this.#taken.set(this.#network, left);
	}
}

/** One household has one IPv4 address or one IPv6 /64, out of which it may use any address. */
function networkOf(address: string): string {
	if (!address.includes(':')) return address;
	const [head = '', tail = ''] = address.split('::');
	const first = head === '' ? [] : head.split(':');
	const last = tail === '' ? [] : tail.split(':');
	const gap = address.includes('::') ? Array<string>(8 - first.length - last.length).fill('0') : [];
	return `${[...first, ...gap, ...last].slice(0, 4).join(':')}::/64`;
}
