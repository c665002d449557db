import type { Progress } from '../../compare/rounds.js';
import { UserError } from '../../core/errors.js';
import { formatCount, parseDurationMs } from '../../core/units.js';
import type { CliCommand } from '../command.js';
import { interruptible } from '../interrupt.js';
import type { Io } from '../io.js';
import { LiveLine } from '../live-line.js';

interface CompareOptions {
  readonly modes?: string;
  readonly rounds: number;
  readonly warmup: number;
  readonly seed?: number;
  readonly transport?: string;
  readonly format: string;
}

function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least) return value;
    throw new UserError(`${option} expects a whole number from ${least}, found '${text}'`);
  };
}

function duration(option: string): (text: string) => number {
  return (text) => {
    const ms = parseDurationMs(text);
    if (ms !== undefined) return ms;
    throw new UserError(`${option} expects a duration such as 500ms, 5s or 2m, found '${text}'`);
  };
}

async function run(planPath: string, options: CompareOptions, io: Io): Promise<number> {
  const { reporters } = await import('../../report/reporter.js');
  const reporter = await reporters.load(options.format);
  const [{ compare }, { loadPlan }, { runPlan }, { modeCandidates }, { environmentOf }] = await Promise.all([
    import('../../compare/compare.js'),
    import('../../drill/plan/load.js'),
    import('../../drill/run-plan.js'),
    import('../mode-candidates.js'),
    import('../environment.js'),
  ]);
  const plan = await loadPlan(planPath, { cwd: io.cwd, env: io.env });
  const { candidates, skipped } = await modeCandidates(options.modes);
  const environment = environmentOf(io);
  const seed = options.seed ?? Math.floor(Math.random() * 1e6);
  const live = new LiveLine(io.stderr);
  const { result, exitCode = 0 } = await interruptible(io, (signal) =>
    compare(
      candidates,
      (base, drillSignal) =>
        runPlan(plan, {
          base,
          env: io.env,
          environment,
          argv: io.argv,
          clock: io.clock,
          seed,
          signal: drillSignal,
          ...(options.transport === undefined ? {} : { transport: options.transport }),
        }),
      {
        rounds: options.rounds,
        seed,
        warmupMs: options.warmup,
        clock: io.clock,
        signal,
        onProgress: (progress) => live.show(progressLine(progress)),
        plan: { path: plan.path, hash: plan.hash },
        argv: io.argv,
        environment,
        startedAt: new Date().toISOString(),
        skipped,
      },
    ).finally(() => live.clear()),
  );
  io.stdout.write(reporter.render(result, { colour: io.stdout.colour, columns: io.stdout.columns }));
  return exitCode;
}

/** `round 2/3  [=====>    ]  pooled: measuring   last: event-loop 12.3 k requests/s` */
function progressLine({ round, rounds, done, total, candidate, stage, last }: Progress): string {
  const width = 20;
  const filled = Math.round((done / total) * width);
  const bar = `${'━'.repeat(filled)}${'─'.repeat(width - filled)}`;
  const rate = last === undefined ? '' : `   last: ${last.candidate} ${formatCount(last.rps)} requests/s`;
  return `round ${round}/${rounds} ${bar} ${candidate}: ${stage}${rate}`;
}

const command: CliCommand = {
  id: 'compare',
  summary: 'drive several servers with one plan, in interleaved rounds, and set them side by side',
  configure: (program, io, exit) => {
    program
      .argument('<plan>', 'plan file')
      .option('--modes <a,b,c>', 'architectures, each with settings where wanted: pooled:workers=4 (default: all)')
      .option('--rounds <n>', 'how often each is driven', wholeNumber('--rounds', 1), 3)
      .option('--warmup <time>', 'how long each server is driven before it counts', duration('--warmup'), 300)
      .option('--seed <n>', 'for the order of the rounds and the plan (default: random)', wholeNumber('--seed', 0))
      .option('--transport <id>', 'how requests are sent')
      .option('--format <id>', 'form of the report', 'table')
      .action(async (plan: string, options: CompareOptions) => exit(await run(plan, options, io)));
  },
};

export default command;
