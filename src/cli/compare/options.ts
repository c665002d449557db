import { Option, type Command } from 'commander';
import { type ProbeLevel, probeLevels } from '../../compare/probe.js';
import { UserError } from '../../core/errors.js';
import { transports } from '../../drill/transport.js';
import { reporters } from '../../report/reporter.js';
import { collect, duration, transportId, wholeNumber } from '../option-values.js';

/** Options that say who is driven and how, common to every command that compares. */
export interface BenchOptions {
  readonly modes?: string;
  readonly app?: string;
  readonly target?: readonly string[];
  readonly ready?: string;
  readonly readyTimeout: number;
  readonly pid?: readonly string[];
  readonly warmup?: number;
  readonly seed?: number;
  readonly transport?: string;
  readonly probe: ProbeLevel;
  readonly exec: boolean;
}

/** Declares {@link BenchOptions} on a command. */
export function declareBenchOptions(program: Command): Command {
  return program
    .option(
      '--modes <a,b,c>',
      'architectures, with settings where wanted: pooled,pooled:workers=4',
      (text, before?: string) => (before === undefined ? text : `${before},${text}`),
    )
    .option('--app <file>', 'what the architectures serve, instead of the built-in workload')
    .option('--target <name=what>', "a server: name=URL, or name='command {port}' to start one", collect)
    .option('--ready <path>', 'what a started command answers when it is ready (default: /)')
    .addOption(
      new Option('--ready-timeout <time>', 'how long a started command may take')
        .argParser(duration('--ready-timeout'))
        .default(30_000, '30s'),
    )
    .option('--pid <name=pid>', 'the process of a running --target, to count its cost', collect)
    .option(
      '--warmup <time>',
      'how long each drive warms up (default: as the plan says, else 300ms)',
      duration('--warmup'),
    )
    .option('--seed <n>', 'what all chance follows from (default: random, and reported)', wholeNumber('--seed', 0))
    .option('--transport <id>', `how requests are sent: ${transports.ids().join(', ')} (default: auto)`, transportId)
    .option('--no-exec', 'refuse plans that run commands')
    .addOption(
      new Option('--probe <level>', 'how far the answers of all candidates must agree')
        .choices(probeLevels)
        .default('body'),
    );
}

/** Options that say how often candidates are driven. */
export interface RoundsOptions {
  readonly rounds?: number;
  readonly quick?: true;
  readonly maxTime?: number;
}

/** Enough for a look, never for a verdict. */
const quickRounds = 3;
/** How long a comparison may take whose number of rounds nobody said: the more rounds, the narrower the intervals. */
const usualMaxTimeMs = 60_000;
/** Beyond so many the intervals hardly become narrower. */
const mostRounds = 100;

/** Declares {@link RoundsOptions} on a command. */
export function declareRoundsOptions(program: Command): Command {
  return program
    .option('--rounds <n>', 'how often each is driven (default: what fits into --max-time)', wholeNumber('--rounds', 1))
    .option('--quick', `${quickRounds} rounds: a look, not a verdict`)
    .option(
      '--max-time <time>',
      `begin no round that would end later, after the first ${quickRounds} (default: 60s, unless --rounds)`,
      duration('--max-time'),
    );
}

/**
 * @param leastUnasked how many rounds there are at least, however long they take, when nobody said a time
 * @throws {UserError} when options contradict each other
 */
export function roundsOf(
  { rounds, quick, maxTime }: RoundsOptions,
  leastUnasked = quickRounds,
): {
  readonly rounds: number;
  readonly leastRounds: number;
  readonly maxTimeMs: number | undefined;
} {
  if (quick === true && rounds !== undefined)
    throw new UserError('--quick says 3 rounds and --rounds says another number: give one of them');
  const wanted = rounds ?? (quick === true ? quickRounds : mostRounds);
  return {
    rounds: wanted,
    leastRounds: Math.min(wanted, maxTime === undefined ? leastUnasked : quickRounds),
    maxTimeMs: maxTime ?? (rounds === undefined ? usualMaxTimeMs : undefined),
  };
}

/** Options that say in which forms a report is wanted. */
export interface ReportOptions {
  readonly format: string;
  readonly output?: readonly string[];
}

/** Declares {@link ReportOptions} on a command. */
export function declareReportOptions(program: Command): Command {
  return program
    .option('--format <id>', `form of the report on standard output: ${reporters.ids().join(', ')}`, 'table')
    .option('-o, --output <file>', 'also write it to a file, in the form that its ending says; repeatable', collect);
}
