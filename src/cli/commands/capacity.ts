import { Option } from 'commander';
import type { TryRate } from '../../compare/capacity.js';
import type { Candidate } from '../../compare/candidate.js';
import { ExitCode, UserError } from '../../core/errors.js';
import type { CapacityCandidate, CapacityReport } from '../../core/results.js';
import { type Threshold, parseThreshold } from '../../core/thresholds.js';
import { formatCount } from '../../core/units.js';
import type { CliCommand } from '../command.js';
import type { Bench } from '../compare/bench.js';
import {
  type BenchOptions,
  type ReportOptions,
  declareBenchOptions,
  declareReportOptions,
} from '../compare/options.js';
import { interruptible } from '../interrupt.js';
import type { Io } from '../io.js';
import { LiveLine } from '../live-line.js';
import { duration, wholeNumber } from '../option-values.js';

interface CapacityOptions extends BenchOptions, ReportOptions {
  readonly slo: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const command: CliCommand = {
  id: 'capacity',
  summary: 'find the highest rate that each server sustains under service-level objectives',
  configure: (program, io, exit) => {
    declareBenchOptions(program.argument('<plan>', 'plan file'))
      .requiredOption('--slo <conditions>', 'what must hold: "p99 < 50ms, errors < 0.1%"')
      .option('--from <rate>', 'iterations per second to begin with', wholeNumber('--from', 1), 100)
      .option('--to <rate>', 'the highest rate to try', wholeNumber('--to', 1), 1_000_000)
      .addOption(
        new Option('--step <time>', 'how long each rate is held').argParser(duration('--step')).default(3000, '3s'),
      );
    declareReportOptions(program).action(async (plan: string, options: CapacityOptions) =>
      exit(await run(plan, options, io)),
    );
  },
};

export default command;

async function run(planPath: string, options: CapacityOptions, io: Io): Promise<number> {
  const objectives = objectivesOf(options.slo);
  if (options.from > options.to) throw new UserError(`--from ${options.from} is higher than --to ${options.to}`);
  const [{ Delivery }, { openBench }, { findCapacity }] = await Promise.all([
    import('../deliver.js'),
    import('../compare/bench.js'),
    import('../../compare/capacity.js'),
  ]);
  const delivery = await Delivery.prepare(options.format, options.output ?? [], io);
  const bench = await openBench(planPath, options, io);
  const live = new LiveLine(io.stderr);
  const startedAt = new Date().toISOString();
  const begunAt = io.clock.now();
  let stopped: string | undefined;
  const { result, exitCode } = await interruptible(io, async (signal): Promise<CapacityReport> => {
    await bench.probe(signal, live);
    const found: CapacityCandidate[] = [];
    for (const candidate of bench.candidates) {
      if (signal.aborted) break;
      const tryRate = trier(bench, candidate, options, { live, signal });
      const search = { objectives, fromRate: options.from, toRate: options.to };
      try {
        found.push(await findCapacity(candidate.id, tryRate, search));
      } catch (error) {
        // What was found of the others is kept.
        if (!(error instanceof UserError) || found.length === 0) throw error;
        stopped = `${candidate.id}: ${error.message}`;
        break;
      }
    }
    live.clear();
    const { planReference: plan, environment, seed, skipped } = bench;
    return {
      schemaVersion: 1,
      kind: 'capacity',
      objectives: objectives.map(({ text }) => text),
      plan,
      argv: io.argv,
      startedAt,
      elapsedMs: io.clock.now() - begunAt,
      environment,
      seed,
      candidates: found,
      skipped,
      warnings: stopped === undefined ? [] : [stopped],
      partial: signal.aborted || stopped !== undefined,
    };
  });
  await delivery.deliver(result);
  if (stopped !== undefined) io.stderr.write(`error: ${stopped}\n`);
  return exitCode ?? (stopped === undefined ? ExitCode.ok : ExitCode.runFailed);
}

/** Each rate on a freshly started server: what an overload left behind is nobody's measurement. */
function trier(
  bench: Bench,
  candidate: Candidate,
  { step: durationMs }: CapacityOptions,
  { live, signal }: { readonly live: LiveLine; readonly signal: AbortSignal },
): TryRate {
  return async (ratePerSecond, stage) => {
    live.show(`${candidate.id}: ${stage} at ${formatCount(ratePerSecond)}/s`);
    const drive = await bench.driveWith({ ratePerSecond, durationMs });
    try {
      const server = await candidate.start(signal);
      const report = await drive(server.base, signal).finally(server.close);
      return signal.aborted ? undefined : report;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  };
}

function objectivesOf(text: string): Threshold[] {
  return text.split(',').map((part) => {
    const threshold = parseThreshold(part.trim());
    if ('wrong' in threshold) throw new UserError(`--slo: ${threshold.wrong}`);
    return threshold;
  });
}
