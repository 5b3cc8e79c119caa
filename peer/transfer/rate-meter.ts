// How fast bytes go, over the last three seconds, computed when somebody asks. No timers: a meter nobody
// reads costs one addition a frame.

export interface RateMeter {
	add(bytes: number, nowMs: number): void;
	bytesPerSecond(nowMs: number): number;
	readonly totalBytes: number;
}

const bucketMs = 250;
const bucketCount = 12;

export function createRateMeter(): RateMeter {
	const buckets = new Float64Array(bucketCount);
	let newestBucket = 0;
	let oldestBucket = 0;
	let totalBytes = 0;

	/** Empties the buckets that time has passed over. */
	function advanceTo(nowMs: number): void {
		const bucket = Math.floor(nowMs / bucketMs);
		const passed = Math.min(bucketCount, bucket - newestBucket);
		for (let step = 0; step < passed; step++) buckets[(bucket - step) % bucketCount] = 0;
		newestBucket = Math.max(newestBucket, bucket);
	}

	return {
		add(bytes, nowMs) {
			advanceTo(nowMs);
			if (totalBytes === 0) oldestBucket = newestBucket;
			const index = newestBucket % bucketCount;
			buckets[index] = (buckets[index] ?? 0) + bytes;
			totalBytes += bytes;
		},
		bytesPerSecond(nowMs) {
			advanceTo(nowMs);
			const sumBytes = buckets.reduce((sum, bytes) => sum + bytes, 0);
			// A meter younger than its window divides by its age, by a second at least.
			const age = Math.max(newestBucket - oldestBucket + 1, 1000 / bucketMs);
			return Math.round((sumBytes * 1000) / (bucketMs * Math.min(age, bucketCount)));
		},
		get totalBytes() {
			return totalBytes;
		},
	};
}
