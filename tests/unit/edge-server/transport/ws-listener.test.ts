import { openWsListener } from '../../../../edge-server/transport/ws-listener.ts';
import { listenerContract } from '../../../contract/listener.ts';

listenerContract('ws', openWsListener);
