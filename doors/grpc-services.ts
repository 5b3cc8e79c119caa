// What every gRPC door serves beside the project's own services: health and reflection about them.
import type { DescService } from '@bufbuild/protobuf';
import type { ConnectRouter } from '@connectrpc/connect';
import { Health } from '../proto/gen/grpc/health/v1/health_pb.js';
import { ServerReflection } from '../proto/gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as AlphaServerReflection } from '../proto/gen/grpc/reflection/v1alpha/reflection_pb.js';
import { createGrpcHealth } from './grpc-health.ts';
import { createGrpcReflection } from './grpc-reflection.ts';

export interface GrpcServices {
	readonly routes: (router: ConnectRouter) => void;
	/** What health answers; not serving at first. */
	readonly setServing: (isServing: boolean) => void;
}

/** `described` are the project's services that the door serves; `routes` adds them. */
export function createGrpcServices(options: {
	described: readonly DescService[];
	routes: (router: ConnectRouter) => void;
}): GrpcServices {
	const { described } = options;
	const health = createGrpcHealth(described.map(({ typeName }) => typeName));
	const reflection = createGrpcReflection([
		...described,
		Health,
		ServerReflection,
		AlphaServerReflection,
	]);
	return {
		setServing: health.setServing,
		routes(router) {
			options.routes(router);
			router
				.service(Health, health.service)
				.service(ServerReflection, reflection.v1)
				.service(AlphaServerReflection, reflection.v1alpha);
		},
	};
}
