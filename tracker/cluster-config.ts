// The variables a tracker reads when it is a program of its own, beside those of every tracker: its doors and its bus.
import {
	address,
	defineConfig,
	optionalText,
	type Address,
	type ConfigOf,
	type TlsFiles,
} from '../bus/configuration.ts';
import { kafkaSettings, problemsOfKafka } from '../bus/kafka-settings.ts';

export const trackerDoorsConfig = defineConfig(
	{
		TRACKER_LISTEN_ADDRESS: {
			type: address,
			default: '127.0.0.1:50052',
			description:
				'Where the gRPC door of the tracker listens. For edges only: it trusts its callers.',
		},
		TRACKER_HTTP_ADDRESS: {
			type: address,
			default: '127.0.0.1:8082',
			description: 'Where the tracker answers /healthz, /readyz and /metrics.',
		},
		TLS_CERT_FILE: {
			type: optionalText,
			default: '',
			description: 'Certificate chain in PEM. With TLS_KEY_FILE, the gRPC door speaks TLS.',
		},
		TLS_KEY_FILE: {
			type: optionalText,
			default: '',
			description: 'Private key of the certificate, in PEM.',
		},
		...kafkaSettings,
	},
	(config) => [
		...problemsOfKafka(config),
		...((config.TLS_CERT_FILE === undefined) !== (config.TLS_KEY_FILE === undefined)
			? ['TLS_CERT_FILE and TLS_KEY_FILE: set both, or none']
			: []),
	],
);

/** The doors as they are opened. */
export function readTrackerDoors(config: ConfigOf<typeof trackerDoorsConfig.settings>): {
	grpc: Address;
	http: Address;
	tls?: TlsFiles;
} {
	const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = config;
	return {
		grpc: config.TRACKER_LISTEN_ADDRESS,
		http: config.TRACKER_HTTP_ADDRESS,
		...(certFile !== undefined && keyFile !== undefined && { tls: { certFile, keyFile } }),
	};
}
