import type { Candidate } from '../../compare/candidate.js';
import type { Progress } from '../../compare/rounds.js';
import { UserError } from '../../core/errors.js';
import { nearest } from '../../core/nearest.js';
import { formatCount } from '../../core/units.js';
import type { CliCommand } from '../command.js';
import { type BenchOptions, declareBenchOptions } from '../compare/options.js';
import { interruptible } from '../interrupt.js';
import type { Io } from '../io.js';
import { LiveLine } from '../live-line.js';
import { duration, wholeNumber } from '../option-values.js';

interface CompareOptions extends BenchOptions {
  readonly rounds?: number;
  readonly quick?: true;
  readonly maxTime?: number;
  readonly self?: true;
  readonly baseline?: string;
  readonly format: string;
}

/** Enough for a verdict in most cases; see docs/comparing.md. */
const usualRounds = 12;
/** Enough for a look, never for a verdict. */
const quickRounds = 3;
/** How long a comparison may take whose number of rounds nobody said. */
const usualMaxTimeMs = 60_000;

const command: CliCommand = {
  id: 'compare',
  summary: 'drive several servers with one plan, in interleaved rounds, and set them side by side',
  configure: (program, io, exit) => {
    declareBenchOptions(program)
      .option(
        '--rounds <n>',
        `how often each is driven (default: ${usualRounds}, or what fits)`,
        wholeNumber('--rounds', 1),
      )
      .option('--quick', `${quickRounds} rounds: a look, not a verdict`)
      .option(
        '--max-time <time>',
        'begin no round that would end later (default: 60s without --rounds)',
        duration('--max-time'),
      )
      .option('--self', 'drive one server against itself: what is noise here, and what could be seen')
      .option('--baseline <name>', 'the candidate that the others are set against (default: the first)')
      .option('--format <id>', 'form of the report', 'table')
      .action(async (plan: string, options: CompareOptions) => exit(await run(plan, options, io)));
  },
};

export default command;

async function run(planPath: string, options: CompareOptions, io: Io): Promise<number> {
  if (options.quick === true && options.rounds !== undefined)
    throw new UserError('--quick says 3 rounds and --rounds says another number: give one of them');
  const { reporters } = await import('../../report/reporter.js');
  const reporter = await reporters.load(options.format);
  const [{ openBench }, { compare }] = await Promise.all([
    import('../compare/bench.js'),
    import('../../compare/compare.js'),
  ]);
  const bench = await openBench(planPath, options, io);
  const candidates = options.self === true ? againstItself(bench.candidates) : bench.candidates;
  const baseline = knownBaseline(options.baseline, candidates);
  const maxTimeMs = options.maxTime ?? (options.rounds === undefined ? usualMaxTimeMs : undefined);
  const live = new LiveLine(io.stderr);
  const startedAt = new Date().toISOString();
  const { result, exitCode = 0 } = await interruptible(io, async (signal) => {
    try {
      await bench.probe(signal, live);
      return await compare(candidates, bench.drive, {
        rounds: options.rounds ?? (options.quick === true ? quickRounds : usualRounds),
        ...(maxTimeMs === undefined ? {} : { maxTimeMs }),
        leastRounds: quickRounds,
        seed: bench.seed,
        warmupMs: options.warmup,
        clock: io.clock,
        processes: bench.processes,
        signal,
        onProgress: (progress) => live.show(progressLine(progress)),
        plan: { path: bench.plan.path, hash: bench.plan.hash },
        argv: io.argv,
        environment: bench.environment,
        startedAt,
        skipped: bench.skipped,
        self: options.self ?? false,
        ...(baseline === undefined ? {} : { baseline }),
      });
    } finally {
      live.clear();
    }
  });
  io.stdout.write(reporter.render(result, { colour: io.stdout.colour, columns: io.stdout.columns }));
  return exitCode;
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
    {
      hint: `candidates: ${ids.join(', ')}`,
    },
  );
}

/** `round 2/3 ━━━━━───── pooled: measuring   last: event-loop 12.3 k requests/s` */
function progressLine({ round, rounds, done, total, candidate, stage, last }: Progress): string {
  const width = 20;
  const filled = Math.round((done / total) * width);
  const bar = `${'━'.repeat(filled)}${'─'.repeat(width - filled)}`;
  const rate = last === undefined ? '' : `   last: ${last.candidate} ${formatCount(last.rps)} requests/s`;
  return `round ${round}/${rounds} ${bar} ${candidate}: ${stage}${rate}`;
}
