// The variables an edge reads when it is a program of its own, beside those of every edge: where its tracker and its
// bus are.
import { address, defineConfig, yesOrNo } from '../bus/configuration.ts';
import { kafkaSettings, problemsOfKafka } from '../bus/kafka-settings.ts';
import { sharedSettings } from '../bus/shared-settings.ts';

const { LOG_LEVEL, OTEL_EXPORTER_OTLP_ENDPOINT } = sharedSettings;

export const clusterConfig = defineConfig(
	{
		TRACKER_ADDRESS: {
			type: address,
			default: '127.0.0.1:50052',
			description: 'gRPC door of the tracker.',
		},
		TRACKER_TLS: {
			type: yesOrNo,
			default: 'false',
			description:
				'Whether the tracker is spoken to with TLS: true or false. NODE_EXTRA_CA_CERTS names a certificate authority of your own.',
		},
		...kafkaSettings,
		LOG_LEVEL,
		OTEL_EXPORTER_OTLP_ENDPOINT,
	},
	problemsOfKafka,
);
