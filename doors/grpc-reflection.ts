// gRPC server reflection, so that grpcurl, buf curl and the like can call the door without our .proto
// files. Answers from the descriptors in the generated code; v1alpha is v1 under its older name, byte for
// byte, and still what most tools ask first.
import {
	create,
	createRegistry,
	fromBinary,
	toBinary,
	type DescFile,
	type DescService,
	type Registry,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import {
	ErrorResponseSchema,
	ExtensionNumberResponseSchema,
	FileDescriptorResponseSchema,
	ListServiceResponseSchema,
	ServerReflectionRequestSchema,
	ServerReflectionResponseSchema,
	type ServerReflection,
	type ServerReflectionRequest,
	type ServerReflectionResponse,
} from '../proto/gen/grpc/reflection/v1/reflection_pb.js';
import {
	ServerReflectionRequestSchema as AlphaRequestSchema,
	ServerReflectionResponseSchema as AlphaResponseSchema,
	type ServerReflection as AlphaServerReflection,
} from '../proto/gen/grpc/reflection/v1alpha/reflection_pb.js';

export interface GrpcReflection {
	readonly v1: ServiceImpl<typeof ServerReflection>;
	readonly v1alpha: ServiceImpl<typeof AlphaServerReflection>;
}

type Answer = ServerReflectionResponse['messageResponse'];

export function createGrpcReflection(services: readonly DescService[]): GrpcReflection {
	const files = new Map<string, DescFile>();
	for (const service of services) collect(service.file, files);
	const registry = createRegistry(...files.values());
	const answer = (request: ServerReflectionRequest): ServerReflectionResponse =>
		create(ServerReflectionResponseSchema, {
			validHost: request.host,
			originalRequest: request,
			messageResponse: answerTo(request, services, files, registry),
		});
	return {
		v1: {
			async *serverReflectionInfo(requests) {
				for await (const request of requests) yield answer(request);
			},
		},
		v1alpha: {
			async *serverReflectionInfo(requests) {
				for await (const request of requests) {
					const bytes = toBinary(AlphaRequestSchema, request);
					const response = answer(fromBinary(ServerReflectionRequestSchema, bytes));
					yield fromBinary(AlphaResponseSchema, toBinary(ServerReflectionResponseSchema, response));
				}
			},
		},
	};
}

function collect(file: DescFile, files: Map<string, DescFile>): void {
	const name = file.proto.name;
	if (files.has(name)) return;
	files.set(name, file);
	for (const dependency of file.dependencies) collect(dependency, files);
}

function answerTo(
	{ messageRequest }: ServerReflectionRequest,
	services: readonly DescService[],
	files: ReadonlyMap<string, DescFile>,
	registry: Registry,
): Answer {
	switch (messageRequest.case) {
		case 'listServices': {
			const service = services.map(({ typeName }) => ({ name: typeName }));
			return {
				case: 'listServicesResponse',
				value: create(ListServiceResponseSchema, { service }),
			};
		}
		case 'fileByFilename':
			return fileAnswer(files.get(messageRequest.value), messageRequest.value);
		case 'fileContainingSymbol':
			return fileAnswer(fileOf(messageRequest.value, registry), messageRequest.value);
		case 'allExtensionNumbersOfType': {
			const baseTypeName = messageRequest.value;
			if (registry.getMessage(baseTypeName) === undefined) return notFound(baseTypeName);
			// proto3 has no extensions of its own.
			const value = create(ExtensionNumberResponseSchema, { baseTypeName });
			return { case: 'allExtensionNumbersResponse', value };
		}
		case 'fileContainingExtension':
			return notFound(messageRequest.value.containingType);
		case undefined:
			return refusal(Code.InvalidArgument, 'nothing was asked');
	}
}

/** A method, field or enum value is in the file of the type it belongs to. */
function fileOf(symbol: string, registry: Registry): DescFile | undefined {
	const parent = symbol.slice(0, Math.max(symbol.lastIndexOf('.'), 0));
	return (registry.get(symbol) ?? registry.get(parent))?.file;
}

/** The file with everything it imports: clients may rely on having them. */
function fileAnswer(file: DescFile | undefined, asked: string): Answer {
	if (file === undefined) return notFound(asked);
	const files = new Map<string, DescFile>();
	collect(file, files);
	const fileDescriptorProto = [...files.values()].map(({ proto }) =>
		toBinary(FileDescriptorProtoSchema, proto),
	);
	const value = create(FileDescriptorResponseSchema, { fileDescriptorProto });
	return { case: 'fileDescriptorResponse', value };
}

function notFound(asked: string): Answer {
	return refusal(Code.NotFound, `${asked.slice(0, 200)} is not known`);
}

function refusal(errorCode: Code, errorMessage: string): Answer {
	return { case: 'errorResponse', value: create(ErrorResponseSchema, { errorCode, errorMessage }) };
}
