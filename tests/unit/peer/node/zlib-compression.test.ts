import { zlibCompression } from '../../../../peer/node/zlib-compression.ts';
import { describeCompression } from '../../../contract/compression.ts';

describeCompression('zlib', zlibCompression);
