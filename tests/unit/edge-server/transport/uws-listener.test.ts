import { openUwsListener } from '../../../../edge-server/transport/uws-listener.ts';
import { listenerContract } from '../../../contract/listener.ts';

listenerContract('uws', openUwsListener);
