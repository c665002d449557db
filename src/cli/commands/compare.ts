import type { Candidate } from '../../compare/candidate.js';
import { ExitCode, UserError } from '../../core/errors.js';
import { nearest } from '../../core/nearest.js';
import type { CompareReport } from '../../core/results.js';
import type { CliCommand } from '../command.js';
import {
  type BenchOptions,
  type ReportOptions,
  type RoundsOptions,
  declareBenchOptions,
  declareReportOptions,
  declareRoundsOptions,
  roundsOf,
} from '../compare/options.js';
import { interruptible } from '../interrupt.js';
import type { Io } from '../io.js';
import { LiveLine } from '../live-line.js';
import { say } from '../say.js';

interface CompareOptions extends BenchOptions, RoundsOptions, ReportOptions {
  readonly self?: true;
  readonly baseline?: string;
}

const command: CliCommand = {
  id: 'compare',
  summary: 'drive several servers with one plan, in interleaved rounds, and set them side by side',
  configure: (program, io, exit) => {
    program.argument('<plan>', 'plan file');
    declareRoundsOptions(declareBenchOptions(program))
      .option('--self', 'drive one server against itself: what is noise here, and what could be seen')
      .option('--baseline <name>', 'the candidate that the others are set against (default: the first)');
    declareReportOptions(program).action(async (plan: string, options: CompareOptions) =>
      exit(await run(plan, options, io)),
    );
  },
};

export default command;

async function run(planPath: string, options: CompareOptions, io: Io): Promise<number> {
  const rounds = roundsOf(options);
  if (options.self === true && options.baseline !== undefined)
    throw new UserError('--baseline would do nothing: with --self there is one server');
  const [{ Delivery }, { openBench }, { runComparison }] = await Promise.all([
    import('../deliver.js'),
    import('../compare/bench.js'),
    import('../compare/comparison.js'),
  ]);
  const delivery = await Delivery.prepare(options.format, options.output ?? [], io);
  const bench = await openBench(planPath, options, io);
  if (bench.plan.thresholds.length > 0)
    say(io, 'warning: compare judges no thresholds of a plan: archbench drill and archbench regress do');
  const candidates = options.self === true ? againstItself(bench.candidates) : bench.candidates;
  const baseline = knownBaseline(options.baseline, candidates);
  const live = new LiveLine(io.stderr);
  const { result, exitCode } = await interruptible(io, async (signal) => {
    await bench.probe(signal, live);
    const { seed } = bench;
    const self = options.self ?? false;
    return runComparison(
      bench,
      { candidates, ...rounds, warmupMs: bench.warmupMs, seed, self, baseline },
      { io, live, signal },
    );
  });
  await delivery.deliver(result);
  if (result.stopped !== undefined) say(io, `error: ${result.stopped}`);
  return exitCode ?? outcomeOf(result);
}

/** A comparison that stopped, or in which nobody answered anything, has failed. */
function outcomeOf({ stopped, candidates }: CompareReport): ExitCode {
  const answered = candidates.some(({ requests, failed }) => requests > failed);
  return stopped === undefined && answered ? ExitCode.ok : ExitCode.runFailed;
}

function againstItself(candidates: readonly Candidate[]): readonly Candidate[] {
  const [only, ...others] = candidates;
  if (only === undefined || others.length > 0)
    throw new UserError(
      `--self drives one server against itself: name one with --modes or --target, not ${candidates.length}`,
    );
  return [only, { ...only, id: `${only.id} again` }];
}

function knownBaseline(name: string | undefined, candidates: readonly Candidate[]): string | undefined {
  const ids = candidates.map(({ id }) => id);
  if (name === undefined || ids.includes(name)) return name;
  const guess = nearest(name, ids);
  throw new UserError(
    `--baseline: no candidate is called '${name}'${guess === undefined ? '' : `, did you mean '${guess}'?`}`,
    { hint: `candidates: ${ids.join(', ')}` },
  );
}
