import { describe, expect, test } from 'vitest';
import { maxPayloadBytes } from '../../../../../peer/transfer/frames.ts';
import { createUploadCap } from '../../../../../peer/transfer/serving/upload-cap.ts';
import { createSleepingClock } from '../../../../support/transfer/sleeping-clock.ts';

function createCapped(kbps: number) {
	const clock = createSleepingClock();
	const cap = { kbps };
	return { clock, cap, uploadCap: createUploadCap({ clock, maxUploadKbps: () => cap.kbps }) };
}

/** Sends frames without end; returns a counter of what went through. */
function sendForever(uploadCap: ReturnType<typeof createUploadCap>, frameBytes: number) {
	const sent = { bytes: 0 };
	void (async () => {
		for (;;) {
			await uploadCap.take(frameBytes);
			sent.bytes += frameBytes;
			await Promise.resolve();
		}
	})();
	return sent;
}

describe('without a cap', () => {
	test('frames go at once and nobody sleeps', () => {
		const { clock, uploadCap } = createCapped(0);
		for (let frame = 0; frame < 1000; frame++) expect(uploadCap.take(256 * 1024)).toBeUndefined();
		expect(uploadCap.maxPayloadBytes()).toBe(maxPayloadBytes);
		expect(clock.sleepCount).toBe(0);
	});
});

describe('with a cap', () => {
	test('the rate is kept', async () => {
		const { clock, uploadCap } = createCapped(8000);
		const sent = sendForever(uploadCap, uploadCap.maxPayloadBytes());
		await clock.advance(10_000);
		// 8,000 kbit/s are 1,000,000 bytes a second.
		expect(sent.bytes).toBeGreaterThan(9_500_000);
		expect(sent.bytes).toBeLessThan(10_500_000);
	});

	test('links share it fairly', async () => {
		const { clock, uploadCap } = createCapped(8000);
		const one = sendForever(uploadCap, 50_000);
		const other = sendForever(uploadCap, 50_000);
		await clock.advance(10_000);
		expect(Math.abs(one.bytes - other.bytes)).toBeLessThanOrEqual(100_000);
		expect(one.bytes + other.bytes).toBeLessThan(10_500_000);
	});

	test('frames are small enough not to stall a link', () => {
		expect(createCapped(8000).uploadCap.maxPayloadBytes()).toBe(100_000);
		expect(createCapped(1).uploadCap.maxPayloadBytes()).toBe(8192);
		expect(createCapped(1_000_000).uploadCap.maxPayloadBytes()).toBe(maxPayloadBytes);
	});

	test('a frame that waits goes soon after the cap is lifted', async () => {
		const { clock, cap, uploadCap } = createCapped(8);
		await uploadCapFilled(uploadCap, clock);
		let isSent = false;
		void uploadCap.take(1_000_000)?.then(() => (isSent = true));
		await clock.advance(1000);
		expect(isSent).toBe(false);
		cap.kbps = 0;
		await clock.advance(300);
		expect(isSent).toBe(true);
	});
});

/** Runs the bucket into a debt of minutes. */
async function uploadCapFilled(
	uploadCap: ReturnType<typeof createUploadCap>,
	clock: ReturnType<typeof createSleepingClock>,
): Promise<void> {
	await clock.advance(100);
	expect(uploadCap.take(1_000_000)).toBeUndefined();
}
