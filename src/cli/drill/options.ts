import { Option, type Command } from 'commander';
import { UserError } from '../../core/errors.js';
import { maxConcurrency } from '../../core/load-limits.js';
import { declareLoadOptions, type LoadOptions } from '../load-options.js';
import { parseGraceMs } from '../option-values.js';
import { stage } from '../stage-option.js';
import { parseCount, parseDurationMs } from '../../core/units.js';

/** The options of `archbench drill` as commander gives them. Short ones are drill's own; what is ours is long only. */
export interface DrillOptions extends LoadOptions {
  readonly benchmark?: string;
  readonly stats?: true;
  readonly report?: string;
  readonly compare?: string;
  readonly threshold?: number;
  readonly relaxedInterpolations?: true;
  readonly checkCertificate: boolean;
  readonly tags?: string;
  readonly skipTags?: string;
  readonly listTags?: true;
  readonly listTasks?: true;
  readonly quiet?: true;
  readonly timeout?: number;
  readonly nanosec?: true;
  readonly verbose?: true;
  readonly base?: string;
  readonly concurrency?: number;
  readonly iterations?: number;
  readonly rampup?: number;
  readonly mode?: string;
  readonly set?: readonly string[];
  readonly app?: string;
  readonly protocol?: string;
  readonly format?: string;
  readonly output?: readonly string[];
  readonly seed?: number;
  readonly onAssertFail: 'stop' | 'continue';
  readonly strict?: true;
  readonly exec: boolean;
  readonly grace: number;
  readonly progress?: true;
}

// `-b=file` is `-b file` to drill.
const text = (given: string): string => given.replace(/^=/, '');

function whole(name: string, from: number, to = Infinity) {
  return (given: string): number => {
    const count = parseCount(text(given));
    if (count !== undefined && count >= from && count <= to) return count;
    const range = to === Infinity ? `from ${from}` : `from ${from} to ${to}`;
    throw new UserError(`--${name} expects a whole number ${range}, found '${given}'`);
  };
}

function durationMs(name: string) {
  return (given: string): number => {
    const ms = parseDurationMs(text(given));
    if (ms !== undefined) return ms;
    // -o is --timeout to drill, and the file to write to many another tool.
    const isFile = name === 'timeout' && /\.\w+$/.test(given) && !/^[\d.]/.test(given);
    throw new UserError(
      `--${name} expects seconds, or a duration such as 500ms, found '${given}'`,
      isFile ? { hint: `the option for a file is --output ${given}` } : {},
    );
  };
}

function milliseconds(given: string): number {
  const value = Number(text(given));
  if (text(given).trim() !== '' && Number.isFinite(value)) return value;
  throw new UserError(`--threshold expects a number of milliseconds, found '${given}'`);
}

/** One iteration, one at a time, is what a baseline is made of. */
const amounts = ['iterations', 'concurrency', 'rampup', 'duration', 'rate', 'stage', 'warmup'];

/** Declares every option on the command. */
export function declareDrillOptions(program: Command): void {
  program
    .argument('[plan]', 'plan file in the format of drill')
    .option('-b, --benchmark <plan>', 'the same', text)
    .option('-s, --stats', 'print statistics when the run has ended')
    .addOption(
      new Option('-r, --report <file>', 'run one iteration and write the time of each request to a file')
        .argParser(text)
        .conflicts(['compare', 'threshold', ...amounts]),
    )
    .addOption(
      new Option('-c, --compare <file>', 'compare the time of each request with such a file')
        .argParser(text)
        .conflicts('stats'),
    )
    .option('-t, --threshold <ms>', 'how much slower than the file a request may be', milliseconds)
    .option('--relaxed-interpolations', 'an unknown variable is empty instead of ending the run')
    .option('--no-check-certificate', 'accept any TLS certificate')
    .option('--tags <a,b>', 'run only steps with one of these tags', text)
    .option('--skip-tags <a,b>', 'leave out steps with one of these tags', text)
    .addOption(new Option('--list-tags', "list the plan's tags and exit").conflicts(['tags', 'skipTags']))
    .option('--list-tasks', "list the plan's steps that the tags leave, and exit")
    .option('-q, --quiet', 'no line for each step')
    .option('-o, --timeout <seconds>', 'time for each request (default: 10)', durationMs('timeout'))
    .option('-n, --nanosec', 'print nanoseconds instead of milliseconds')
    .option('-v, --verbose', 'print every request and response')
    .option('--base <url>', "instead of the plan's base")
    .option('--concurrency <n>', "instead of the plan's concurrency", whole('concurrency', 1, maxConcurrency))
    .option('--iterations <n>', "instead of the plan's iterations", whole('iterations', 1))
    .option('--rampup <time>', "instead of the plan's rampup", durationMs('rampup'))
    .addOption(
      new Option('--mode <mode>', 'start this architecture in a process of its own and drive it').conflicts('base'),
    )
    .option('--set <name=value...>', 'settings of the architecture')
    .option('--app <file>', 'what the architecture serves, instead of the built-in workload')
    .option('--protocol <protocol>', 'what the architecture speaks, http or frames (default: what the plan does)')
    .option('--format <id>', 'print the result in this form: table, json, …')
    .option('--output <file...>', 'write the result to files too, in the form that their ending says')
    .option('--seed <n>', 'what all chance follows from (default: random, and reported)', whole('seed', 0))
    .addOption(
      new Option('--on-assert-fail <what>', 'when an assert does not hold')
        .choices(['stop', 'continue'])
        .default('stop'),
    )
    .option('--strict', 'make errors of warnings about the plan')
    .option('--no-exec', 'refuse plans that run commands')
    .addOption(
      new Option('--grace <time>', 'how long requests in flight may take when the run is interrupted')
        .argParser(parseGraceMs)
        .default(2000, '2s'),
    );
  declareLoadOptions(program);
  program.option('--progress', 'a line a second on stderr, even when that is no terminal');
  refuseRepetition(program);
}

/** An option given twice is a mistake, as it is to drill. */
function refuseRepetition(program: Command): void {
  // Unless it is for more than one.
  for (const option of program.options.filter(({ variadic, parseArg }) => !variadic && parseArg !== stage)) {
    let given = false;
    program.on(`option:${option.name()}`, () => {
      if (given) throw new UserError(`--${option.name()} was given more than once`);
      given = true;
    });
  }
}
