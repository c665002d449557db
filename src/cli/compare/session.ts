import { ExitCode } from '../../core/errors.js';
import type { CapacityReport, RunRecord, SweepReport } from '../../core/results.js';
import { interruptible } from '../interrupt.js';
import type { Io } from '../io.js';
import { LiveLine } from '../live-line.js';
import type { Bench } from './bench.js';
import type { BenchOptions, ReportOptions } from './options.js';
import { say } from '../say.js';

/** What a command that measures under several loads works with. */
export interface Session {
  readonly bench: Bench;
  /** Where it says how far it is. */
  readonly live: LiveLine;
  readonly signal: AbortSignal;
  /** What the report says of the run up to now. */
  readonly record: () => Omit<RunRecord, 'warnings' | 'partial'> & Pick<Bench, 'skipped'>;
}

/**
 * From a plan to delivered reports: opens the bench, probes the candidates, measures, writes every form that was asked
 * for. Where to write is checked before anything is measured.
 */
export async function measureAndDeliver<Result extends SweepReport | CapacityReport>(
  planPath: string,
  options: BenchOptions & ReportOptions,
  io: Io,
  measure: (session: Session) => Promise<Result>,
): Promise<{ readonly result: Result; readonly exitCode: ExitCode }> {
  const [{ Delivery }, { openBench }] = await Promise.all([import('../deliver.js'), import('./bench.js')]);
  const delivery = await Delivery.prepare(options.format, options.output ?? [], io);
  const bench = await openBench(planPath, options, io);
  const live = new LiveLine(io.stderr);
  const startedAt = new Date().toISOString();
  const begunAt = io.clock.now();
  const record: Session['record'] = () => ({
    schemaVersion: 1,
    plan: bench.planReference,
    argv: io.argv,
    startedAt,
    elapsedMs: io.clock.now() - begunAt,
    environment: bench.environment,
    seed: bench.seed,
    skipped: bench.skipped,
  });
  const { result, exitCode } = await interruptible(io, async (signal) => {
    try {
      await bench.probe(signal, live);
      return await measure({ bench, live, signal, record });
    } finally {
      live.clear();
    }
  });
  await delivery.deliver(result);
  if (result.stopped !== undefined) say(io, `error: ${result.stopped}`);
  return { result, exitCode: exitCode ?? (result.stopped === undefined ? ExitCode.ok : ExitCode.runFailed) };
}
