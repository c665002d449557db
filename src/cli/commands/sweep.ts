import { Option } from 'commander';
import { parseLadder } from '../../compare/ladder.js';
import type { SweepReport } from '../../core/results.js';
import { formatCount } from '../../core/units.js';
import type { CliCommand } from '../command.js';
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

interface SweepOptions extends BenchOptions, ReportOptions {
  readonly vary: string;
  readonly rounds: number;
  readonly step: number;
}

const command: CliCommand = {
  id: 'sweep',
  summary: 'drive servers under rising load: throughput and p99 against load, the knee, the crossovers',
  configure: (program, io, exit) => {
    declareBenchOptions(program.argument('<plan>', 'plan file'))
      .requiredOption('--vary <load>', 'the ladder: concurrency=1..512, rate=100..10k, or concurrency=1,8,64')
      .option('--rounds <n>', 'how often each rung is driven', wholeNumber('--rounds', 1), 3)
      .addOption(
        new Option('--step <time>', 'how long each rung is driven').argParser(duration('--step')).default(1000, '1s'),
      );
    declareReportOptions(program).action(async (plan: string, options: SweepOptions) =>
      exit(await run(plan, options, io)),
    );
  },
};

export default command;

async function run(planPath: string, options: SweepOptions, io: Io): Promise<number> {
  const { vary, loads } = parseLadder(options.vary);
  const [{ Delivery }, { openBench }, { sweep }] = await Promise.all([
    import('../deliver.js'),
    import('../compare/bench.js'),
    import('../../compare/sweep.js'),
  ]);
  const delivery = await Delivery.prepare(options.format, options.output ?? [], io);
  const bench = await openBench(planPath, options, io);
  const { seed, environment, processes, candidates, skipped } = bench;
  const live = new LiveLine(io.stderr);
  const startedAt = new Date().toISOString();
  const begunAt = io.clock.now();
  const { result, exitCode = 0 } = await interruptible(io, async (signal): Promise<SweepReport> => {
    await bench.probe(signal, live);
    const durationMs = options.step;
    const swept = await sweep(
      candidates,
      (load) =>
        bench.driveWith(vary === 'rate' ? { ratePerSecond: load, durationMs } : { concurrency: load, durationMs }),
      {
        vary,
        loads,
        rounds: options.rounds,
        seed,
        warmupMs: bench.warmupMs,
        cores: environment.cores,
        clock: io.clock,
        processes,
        signal,
        onProgress: ({ candidate, load, done, total }) =>
          live.show(`${done + 1}/${total}  ${candidate} at ${vary} ${formatCount(load)}`),
      },
    ).finally(() => live.clear());
    return {
      schemaVersion: 1,
      kind: 'sweep',
      plan: bench.planReference,
      argv: io.argv,
      startedAt,
      elapsedMs: io.clock.now() - begunAt,
      environment,
      seed,
      skipped,
      ...swept,
    };
  });
  await delivery.deliver(result);
  return exitCode;
}
