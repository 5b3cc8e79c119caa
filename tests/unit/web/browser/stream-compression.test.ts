import { afterEach, expect, test, vi } from 'vitest';
import { streamCompression } from '../../../../web/lib/browser/stream-compression.ts';
import { describeCompression } from '../../../contract/compression.ts';

const compression = streamCompression();
if (compression === undefined) throw new Error('Node has these streams');
describeCompression('CompressionStream', compression);

afterEach(() => vi.unstubAllGlobals());

test('a browser without raw DEFLATE has no compression', () => {
	vi.stubGlobal('DecompressionStream', function unsupported() {
		throw new TypeError('unsupported format');
	});
	expect(streamCompression()).toBeUndefined();
	vi.stubGlobal('DecompressionStream', undefined);
	expect(streamCompression()).toBeUndefined();
});
