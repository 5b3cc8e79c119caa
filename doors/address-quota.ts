// How many connections one address holds. The limit is generous (see MAX_CONNECTIONS_PER_ADDRESS): it is
// there for the one program that opens sockets until the process has no files left.

export interface AddressQuota {
	hasRoom(address: string): boolean;
	/** Takes a place, whether there is room or not; the function returned gives it back. */
	take(address: string): () => void;
}

export function createAddressQuota(maxPerAddress: number): AddressQuota {
	const taken = new Map<string, number>();
	return {
		hasRoom: (address) => (taken.get(networkOf(address)) ?? 0) < maxPerAddress,
		take(address) {
			const key = networkOf(address);
			taken.set(key, (taken.get(key) ?? 0) + 1);
			let isHeld = true;
			return () => {
				if (!isHeld) return;
				isHeld = false;
				const left = (taken.get(key) ?? 1) - 1;
				if (left === 0) taken.delete(key);
				else taken.set(key, left);
			};
		},
	};
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
