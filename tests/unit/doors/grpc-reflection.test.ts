import { Code, createClient } from '@connectrpc/connect';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { ServerReflection } from '../../../proto/gen/grpc/reflection/v1/reflection_pb.js';
import { grpcDoorFixture } from '../../support/grpc-door.ts';

const root = resolve(import.meta.dirname, '../../..');
const { start, cleanups } = grpcDoorFixture();
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('reflection', () => {
	it('lets buf curl list and describe the services, by both names', async () => {
		const { address } = await start();
		const buf = resolve(root, 'node_modules/.bin/buf');
		for (const protocol of ['grpc-v1', 'grpc-v1alpha']) {
			const flags = [
				'--protocol',
				'grpc',
				'--http2-prior-knowledge',
				'--reflect-protocol',
				protocol,
			];
			const { stdout } = await promisify(execFile)(buf, [
				...['curl', ...flags, '--list-methods', `http://${address}`],
			]);
			expect(stdout).toContain('giggityflix.v1.PeerEdgeService/AsyncOperations');
			expect(stdout).toContain('grpc.health.v1.Health/Check');
		}
		const flags = ['--protocol', 'grpc', '--http2-prior-knowledge', '-d', '{}'];
		const { stdout } = await promisify(execFile)(buf, [
			...['curl', ...flags, `http://${address}/grpc.health.v1.Health/Check`],
		]);
		expect(JSON.parse(stdout)).toEqual({ status: 'NOT_SERVING' });
	});

	it('answers every kind of question', async () => {
		const { transport } = await start();
		async function ask(
			...requests: ({ case: string; value: unknown } | undefined)[]
		): Promise<unknown[]> {
			const answers: unknown[] = [];
			async function* questions() {
				for (const messageRequest of requests) {
					yield { messageRequest: messageRequest as never };
				}
			}
			const stream = createClient(ServerReflection, transport).serverReflectionInfo(questions());
			for await (const { messageResponse } of stream) {
				const { value } = messageResponse as { value: Record<string, unknown> };
				answers.push(
					messageResponse.case === 'errorResponse' ? value['errorCode'] : messageResponse.case,
				);
			}
			return answers;
		}
		expect(
			await ask(
				{ case: 'fileByFilename', value: 'giggityflix/v1/errors.proto' },
				{ case: 'fileByFilename', value: '../../etc/passwd' },
				{ case: 'fileContainingSymbol', value: 'giggityflix.v1.Hello.peer_id' },
				{ case: 'fileContainingSymbol', value: 'giggityflix.v1.PeerEdgeService.AsyncOperations' },
				{ case: 'fileContainingSymbol', value: 'nothing' },
				{ case: 'allExtensionNumbersOfType', value: 'giggityflix.v1.Hello' },
				{ case: 'allExtensionNumbersOfType', value: 'nothing' },
				{ case: 'fileContainingExtension', value: { containingType: 'giggityflix.v1.Hello' } },
				undefined,
			),
		).toEqual([
			'fileDescriptorResponse',
			Code.NotFound,
			'fileDescriptorResponse',
			'fileDescriptorResponse',
			Code.NotFound,
			'allExtensionNumbersResponse',
			Code.NotFound,
			Code.NotFound,
			Code.InvalidArgument,
		]);
	});
});
