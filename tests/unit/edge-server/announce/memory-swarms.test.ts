import { createMemorySwarms } from '../../../../edge-server/announce/memory-swarms.ts';
import { describeSwarms } from '../../../contract/announce-swarms.ts';

describeSwarms('memory', async (options) => createMemorySwarms(options));
