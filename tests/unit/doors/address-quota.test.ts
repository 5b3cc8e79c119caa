import { describe, expect, it } from 'vitest';
import { createAddressQuota } from '../../../doors/address-quota.ts';

describe('createAddressQuota', () => {
	it('has no room for an address that has enough, and room for everybody else', () => {
		const quota = createAddressQuota(2);
		const place = quota.take('192.0.2.1');
		expect(quota.hasRoom('192.0.2.1')).toBe(true);
		quota.take('192.0.2.1');
		expect(quota.hasRoom('192.0.2.1')).toBe(false);
		expect(quota.hasRoom('192.0.2.2')).toBe(true);
		place.giveBack();
		expect(quota.hasRoom('192.0.2.1')).toBe(true);
	});

	it('gives a place back once', () => {
		const quota = createAddressQuota(1);
		const place = quota.take('192.0.2.1');
		place.giveBack();
		quota.take('192.0.2.1');
		place.giveBack();
		expect(quota.hasRoom('192.0.2.1')).toBe(false);
	});

	it('counts an IPv6 network of /64 as one', () => {
		const quota = createAddressQuota(1);
		quota.take('2001:db8:1:2:3:4:5:6');
		expect(quota.hasRoom('2001:db8:1:2::9')).toBe(false);
		expect(quota.hasRoom('2001:db8:1:3::9')).toBe(true);
		quota.take('::1');
		expect(quota.hasRoom('::2')).toBe(false);
	});
});
