// Tries probes one after the other. The rule: only a probe that says `unsupported` passes the film on; a
// file that is gone, changed or broken is not asked about again. Knows no probe.
import type { MediaProbe } from '../../../peer/ports.ts';
import { firstSupported } from './first-supported.ts';

/** `probes` from the cheapest to the dearest. */
export function fallbackProbe(probes: readonly MediaProbe[]): MediaProbe {
	return {
		probe: (file, path, signal) =>
			firstSupported(probes, (probe) => probe.probe(file, path, signal)),
	};
}
