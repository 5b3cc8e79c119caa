import { expect, it, vi } from 'vitest';
import { createBadSourceLog } from '../../../../edge-server/rpc/bad-source-log.ts';
import type { CatalogId, PeerId } from '../../../../proto/ids.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

it('counts every report and logs a few', () => {
	const clock = createManualClock();
	const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn(), debug: vi.fn() };
	const countBadSource = vi.fn();
	const report = createBadSourceLog({ clock, logger }, { countBadSource });
	const said = {
		catalogId: 'a'.repeat(26) as CatalogId,
		peerId: 'mallory' as PeerId,
		reportedBy: 'anna' as PeerId,
	};
	for (let time = 0; time < 500; time += 1) report(said);
	expect(countBadSource).toHaveBeenCalledTimes(500);
	expect(logger.warn).toHaveBeenCalledTimes(10);
	expect(logger.warn).toHaveBeenLastCalledWith(expect.any(String), said);
	clock.advance(60_000);
	report(said);
	expect(logger.warn).toHaveBeenCalledTimes(11);
});
