import type { DrillReport, Health, ServerCost } from '../core/results.js';
import { formatDurationUs } from '../core/units.js';
import type { Drive, RunningCandidate } from './candidate.js';
import { type MeasureOptions, measure } from './measure.js';
import { healthOf } from './merge.js';

/** One drive of a sweep. */
export interface Rung {
  readonly load: number;
  readonly report: DrillReport;
  readonly cost: ServerCost | undefined;
  readonly health: Health;
}

/** Less of the clients' time than this in whole iterations, and the rate is not that of the server under this load. */
const leastBusyShare = 0.8;
/** Whoever needs longer than this to begin is left as it is. */
const longestWarmupMs = 10_000;

/** How often a load is driven at most, each time with a longer warm-up. */
const mostDrives = 3;

/**
 * Drives one load. Where clients still waited for their first answer when it began to count (a server that starts a
 * thread for each of a hundred connections), again with a warm-up that is as long as that took.
 *
 * @param driveFor the plan with this load, after so long a warm-up
 */
export async function driveRung(
  server: RunningCandidate,
  load: number,
  driveFor: (warmupMs: number) => Promise<Drive> | Drive,
  options: MeasureOptions,
): Promise<Rung> {
  let { warmupMs } = options;
  for (let drives = 1; ; drives++) {
    const measured = await measure(server, await driveFor(warmupMs), { ...options, warmupMs });
    const { report, cost, serverEnded } = measured;
    const longerMs = Math.min(longestWarmupMs, Math.ceil((warmupMs + report.elapsedMs) * 1.25));
    const again = drives < mostDrives && longerMs > warmupMs && startsLate(report);
    if (!again || serverEnded || options.signal.aborted) return { load, report, cost, health: cardOf(measured) };
    warmupMs = longerMs;
  }
}

/** Time was lost, and not because iterations take long. */
function startsLate(report: DrillReport): boolean {
  const { busyShare = 1, elapsedMs, scenarios, total } = report;
  if (total.failed > 0) return false;
  if (total.requests === 0) return true;
  // Each client is cut off in its last iteration and begins within one.
  const cutOff = ((scenarios?.meanUs ?? 0) / 1000 / elapsedMs) * 1.5;
  return busyShare < leastBusyShare && busyShare < 1 - cutOff;
}

/** The health card of the drive, with what makes its figures those of something else than this load. */
function cardOf({ report, serverEnded }: { readonly report: DrillReport; readonly serverEnded: boolean }): Health {
  const card = healthOf(report);
  const { busyShare = 1, scenarios, total } = report;
  const nobody = total.requests === total.failed;
  const worse = [
    ...(serverEnded ? ['the server ended'] : []),
    // Said already of who was not even refused.
    ...(nobody && total.requests > 0 ? ['not one request was answered as it should'] : []),
    ...(nobody || busyShare >= leastBusyShare
      ? []
      : [
          startsLate(report)
            ? 'clients still waited for their first answer when it began to count: --warmup is too short'
            : `iterations take ${formatDurationUs(scenarios?.meanUs ?? 0)}: --step is too short for that`,
        ]),
  ];
  return worse.length === 0 ? card : { verdict: 'INVALID', reasons: [...worse, ...card.reasons] };
}
