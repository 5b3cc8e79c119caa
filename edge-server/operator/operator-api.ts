// What an operator may ask the edge, guarded by OPERATOR_TOKEN: one look at the cluster, commands to one peer with
// their results, and the end of a session. A fetch-style handler that knows no server. Answers are JSON;
// refusals are `{ code, message }`.
import { GiggityflixError } from '../../proto/errors.ts';
import { jsonResponse, methodNotAllowed, problem } from '../http/problem.ts';
import type { Logger } from '../ports.ts';
import { isSameSecret } from '../sessions/secrets.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { FetchHandler } from '../transport/listener.ts';
import type { AttemptLimit } from './attempt-limit.ts';
import { describeResponse, readCommand } from './command-json.ts';
import type { CommandLog } from './command-log.ts';
import type { TakeSnapshot } from './snapshot.ts';

const root = '/api/operator';
const maxQueryLength = 200;

interface Deps {
	/** OPERATOR_TOKEN. */
	readonly token: string;
	readonly attempts: AttemptLimit;
	readonly commands: Pick<CommandLog, 'send' | 'pictures'>;
	readonly sessions: Pick<Sessions, 'list'>;
	readonly takeSnapshot: TakeSnapshot;
	readonly randomBytes: (target: Uint8Array) => void;
	readonly logger: Logger;
}

/** Answers everything below /api/operator. Never throws. */
export function createOperatorApi(deps: Deps): FetchHandler {
	return async (request, { remoteAddress }) => {
		try {
			authorize(deps, request, remoteAddress);
			return await route(deps, request);
		} catch (caught) {
			const error = GiggityflixError.from(caught);
			if (error.code === 'internal') {
				deps.logger.error('an operator request failed', { error: error.cause ?? error });
			}
			return refusal(error);
		}
	};
}

/** Throws `unauthenticated`, or `resource-exhausted` for an address that has guessed too often. */
function authorize({ token, attempts, logger }: Deps, request: Request, address: string): void {
	attempts.requireRoom(address);
	const shown = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
	if (isSameSecret(shown, token)) return;
	attempts.failed(address);
	logger.warn('an operator token was refused', { remoteAddress: address });
	throw new GiggityflixError('unauthenticated', 'Authorization: Bearer OPERATOR_TOKEN is needed');
}

type Answer = (deps: Deps, request: Request, id: string) => Promise<Response>;

/** Each with its path below the root; `id` is a last part that names something. */
const resources: readonly { path: RegExp; methods: Readonly<Record<string, Answer>> }[] = [
	{ path: /^\/snapshot$/, methods: { GET: answerSnapshot } },
	{ path: /^\/commands$/, methods: { POST: runCommand } },
	{ path: /^\/commands\/([^/]+)\/pictures$/, methods: { GET: answerPictures } },
	{ path: /^\/sessions\/([^/]+)$/, methods: { DELETE: closeSession } },
];

async function route(deps: Deps, request: Request): Promise<Response> {
	const path = new URL(request.url).pathname.slice(root.length);
	for (const resource of resources) {
		const found = resource.path.exec(path);
		if (!found) continue;
		const answer = resource.methods[request.method];
		if (!answer) return methodNotAllowed(Object.keys(resource.methods));
		return answer(deps, request, found[1] ?? '');
	}
	throw new GiggityflixError('not-found', 'no such operator resource');
}

async function answerSnapshot({ takeSnapshot }: Deps, request: Request): Promise<Response> {
	const { searchParams } = new URL(request.url);
	const read = (name: string): string => {
		const text = searchParams.get(name) ?? '';
		if (text.length <= maxQueryLength) return text;
		throw new GiggityflixError('invalid-argument', `${name} is too long`);
	};
	return jsonResponse(200, await takeSnapshot({ peers: read('peers'), films: read('films') }));
}

async function runCommand({ commands, randomBytes }: Deps, request: Request): Promise<Response> {
	const response = await commands.send(await readCommand(request, randomBytes));
	return jsonResponse(200, describeResponse(response));
}

async function answerPictures({ commands }: Deps, _: Request, id: string): Promise<Response> {
	const pictures = commands.pictures(id);
	if (pictures) return jsonResponse(200, { pictures });
	throw new GiggityflixError('not-found', 'no pictures of such a command are kept');
}

/** The peer may come back at once: this frees a place or ends a stuck stream, and bans nobody. */
async function closeSession({ sessions, logger }: Deps, _: Request, id: string): Promise<Response> {
	const found = sessions.list().find(({ session }) => session.id === id);
	if (!found) throw new GiggityflixError('not-found', 'this edge has no such session');
	found.session.refuse(new GiggityflixError('unavailable', 'the operator closed the session'));
	logger.info('the operator closed a session', { peerId: found.peer.peerId, sessionId: id });
	return jsonResponse(200, { sessionId: id });
}

function refusal(error: GiggityflixError): Response {
	const response = problem(error);
	if (error.code === 'unauthenticated') response.headers.set('www-authenticate', 'Bearer');
	return response;
}
