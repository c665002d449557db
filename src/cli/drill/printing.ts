import { printable } from '../../core/printable.js';
import type { DrillReport } from '../../core/results.js';
import { formatDurationUs } from '../../core/units.js';
import type { Load } from '../../drill/pacer.js';
import type { CompiledPlan } from '../../drill/plan/load.js';
import type { Delivery } from '../deliver.js';
import type { Io } from '../io.js';
import type { DrillOptions } from './options.js';

/** A load that drill does not know: its result is the report, not a line for each step. */
export function isTimed({ load }: CompiledPlan): boolean {
  return load.durationMs !== undefined || load.ratePerSecond !== undefined || load.stages.length > 0;
}

/** drill's lines before anything is sent: what the load is, and where it goes. */
export function headerLines(plan: CompiledPlan, base: string, { report }: DrillOptions): string {
  const load =
    report === undefined
      ? loadLines(plan.load)
      : ['Report mode: one iteration, whatever the plan says of concurrency and iterations.'];
  return `${[...load, `Base URL ${printable(base)}`].join('\n')}\n\n`;
}

function loadLines({ concurrency, iterations, rampMs, durationMs, ratePerSecond, stages }: Load): string[] {
  const amount = [
    ...(iterations === undefined ? [] : [`Iterations ${iterations}`]),
    ...(durationMs === undefined ? [] : [`Duration ${formatDurationUs(durationMs * 1000)}`]),
  ];
  // The concurrency of the plan has no part in loads that drill does not know.
  if (stages.length > 0) return [`Stages ${stages.length}`, ...amount];
  if (ratePerSecond !== undefined) return [`Rate ${ratePerSecond}/s`, ...amount];
  return [`Concurrency ${concurrency}`, ...amount, `Rampup ${rampMs / 1000}`];
}

/** What was asked for; and what was measured in any case when the run did not reach its end. */
export async function printReport(
  report: DrillReport,
  talks: boolean,
  timed: boolean,
  options: DrillOptions,
  delivery: Delivery,
  io: Io,
): Promise<void> {
  const shows = options.stats === true || report.partial;
  if (talks && shows) {
    const { statisticsLines } = await import('./statistics.js');
    const { nanosec: nanoseconds = false } = options;
    io.stdout.write(`${statisticsLines(report, { nanoseconds, colour: io.stdout.colour })}\n`);
  }
  await delivery.deliver(report, shows || timed ? 'table' : undefined);
}
