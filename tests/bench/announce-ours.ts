// The announce tracker alone in a process, as announce.ts measures it. Prints its port.
import { openAnnounceEdge } from '../support/announce-edge.ts';
import { openUwsListener } from '../../edge-server/transport/uws-listener.ts';

const edge = await openAnnounceEdge(openUwsListener);
console.log(`port ${edge.port}`);
