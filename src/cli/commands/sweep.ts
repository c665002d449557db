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
import type { Session } from '../compare/session.js';
import { checkStepLength } from '../compare/step-length.js';
import type { Io } from '../io.js';
import { durationFrom, wholeNumber } from '../option-values.js';

interface SweepOptions extends BenchOptions, ReportOptions {
  readonly vary: string;
  readonly rounds: number;
  readonly step: number;
}

/** Two more than three are worth the time: what Student's t can tell from noise is a quarter of the size. */
const usualRounds = 5;

const command: CliCommand = {
  id: 'sweep',
  summary: 'drive servers under rising load: throughput and p99 against load, the knee, the crossovers',
  configure: (program, io, exit) => {
    declareBenchOptions(program.argument('<plan>', 'plan file'))
      .requiredOption('--vary <load>', 'the ladder: concurrency=1..512, rate=100..10k, or concurrency=1,8,64')
      .option('--rounds <n>', 'how often each rung is driven', wholeNumber('--rounds', 1), usualRounds)
      .addOption(
        new Option('--step <time>', 'how long each rung is driven')
          .argParser(durationFrom('--step', 10))
          .default(1000, '1s'),
      );
    declareReportOptions(program).action(async (plan: string, options: SweepOptions) =>
      exit(await run(plan, options, io)),
    );
  },
};

export default command;

async function run(planPath: string, options: SweepOptions, io: Io): Promise<number> {
  const { vary, loads } = parseLadder(options.vary);
  if (vary === 'rate') for (const load of loads) checkStepLength(options.step, load);
  const [{ measureAndDeliver }, { sweep }] = await Promise.all([
    import('../compare/session.js'),
    import('../../compare/sweep.js'),
  ]);
  const climb = async ({ bench, live, signal, record }: Session): Promise<SweepReport> => {
    const swept = await sweep(
      bench.candidates,
      (load, warmupMs) => {
        const amount = { durationMs: options.step, warmupMs };
        return bench.driveWith(vary === 'rate' ? { ratePerSecond: load, ...amount } : { concurrency: load, ...amount });
      },
      {
        vary,
        loads,
        rounds: options.rounds,
        seed: bench.seed,
        warmupMs: bench.warmupMs,
        cores: bench.environment.cores,
        clock: io.clock,
        processes: bench.processes,
        signal,
        onProgress: ({ candidate, load, done, total }) =>
          live.show(`${done + 1}/${total}  ${candidate} at ${vary} ${formatCount(load)}`),
      },
    );
    return { ...record(), kind: 'sweep', ...swept };
  };
  const { exitCode } = await measureAndDeliver(planPath, options, io, climb);
  return exitCode;
}
