import { availableParallelism } from 'node:os';
import { Option, type Command } from 'commander';
import { UserError } from '../core/errors.js';
import { parseRate, plural } from '../core/units.js';
import { unixPathProblem } from '../net/sys/address.js';
import { transports } from '../drill/transport.js';
import type { LoadOverrides } from '../drill/plan/load-settings.js';
import type { Stage } from '../drill/pacer.js';
import type { RunOptions } from '../drill/run-plan.js';
import { duration, transportId, wholeNumber } from './option-values.js';
import { stage } from './stage-option.js';

/** The options that say how much load there is and how it is sent, as commander gives them. */
export interface LoadOptions {
  readonly duration?: number;
  readonly rate?: number;
  readonly stage?: readonly Stage[];
  readonly arrival?: 'constant' | 'poisson';
  readonly warmup?: number;
  readonly maxInFlight?: number;
  readonly threads: number;
  readonly transport?: string;
  readonly http2?: true;
  readonly unixSocket?: string;
  readonly maxConnections?: number;
}

function rate(text: string): number {
  const perSecond = parseRate(text);
  if (perSecond !== undefined && perSecond > 0) return perSecond;
  throw new UserError(`--rate expects a rate such as 500, 500/s or 30/m, at most 1000000/s, found '${text}'`);
}

function threads(text: string): number {
  if (text === 'auto') return automaticThreads();
  const count = wholeNumber('--threads', 1)(text);
  const processors = availableParallelism();
  const most = Math.max(16, 4 * processors);
  if (count <= most) return count;
  throw new UserError(
    `--threads ${count}: with ${processors} ${plural(processors, 'processor')} at most ${most} generator threads are of use`,
    { hint: 'the number of clients is another one: --concurrency of drill, --connections of hit' },
  );
}

function socketPath(path: string): string {
  const reason = unixPathProblem(path);
  if (reason !== undefined) throw new UserError(`--unix-socket: ${reason}`);
  return path;
}

/** Half of the processors: the server is often on the same machine, and a thread is good for 100 000 requests/s. */
function automaticThreads(): number {
  return Math.max(1, Math.floor(availableParallelism() / 2));
}

/** Declares them, each with its short form where a command has one: `short('rate')` is `-r, ` or ''. */
export function declareLoadOptions(command: Command, short: (name: string) => string = () => ''): void {
  command
    .option(
      `${short('duration')}--duration <time>`,
      'run for that long instead of a number of times',
      duration('--duration'),
    )
    .addOption(
      new Option(`${short('rate')}--rate <n>`, 'open loop: so many iterations per second, whatever the server does')
        .argParser(rate)
        .conflicts(['concurrency', 'rampup']),
    )
    .addOption(
      new Option(
        '--stage <what>',
        'one step of a changing load, rate=100/s,for=10s[,ramp=linear] or concurrency=…; again for more',
      )
        .argParser(stage)
        .conflicts(['duration', 'rate', 'iterations', 'concurrency', 'rampup', 'requests', 'connections']),
    )
    .addOption(
      new Option('--arrival <how>', 'open loop: evenly spaced, or at random as independent users come').choices([
        'constant',
        'poisson',
      ]),
    )
    .option('--warmup <time>', 'the same load for that long before anything counts', duration('--warmup'))
    .option(
      '--max-in-flight <n>',
      'open loop: drop what is due beyond so many (default: 10000)',
      wholeNumber('--max-in-flight', 1),
    )
    .option('--threads <n>', 'generator threads, or auto', threads, 1)
    .option('--transport <id>', `how requests are sent: ${transports.ids().join(', ')} (default: auto)`, transportId)
    .option('--http2', 'speak HTTP/2 where the server agrees')
    .option(
      '--max-connections <n>',
      'beyond so many connections to a host, requests wait for a free one',
      wholeNumber('--max-connections', 1),
    )
    .option('--unix-socket <path>', 'connect to this Unix socket, whatever the URL says', socketPath);
}

/** What of them replaces the plan's load. @throws {UserError} for stages in which nothing would run */
export function loadOverrides(options: LoadOptions): LoadOverrides {
  const { duration: durationMs, rate: ratePerSecond, stage: stages, arrival, warmup: warmupMs, maxInFlight } = options;
  if (stages?.every(({ target }) => target === 0)) throw new UserError('--stage: all are 0, and nothing would run');
  return {
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(stages === undefined ? {} : { stages }),
    ...(arrival === undefined ? {} : { arrival }),
    ...(warmupMs === undefined ? {} : { warmupMs }),
    ...(maxInFlight === undefined ? {} : { maxInFlight }),
  };
}

/** What would do nothing is refused: an open loop's options without a rate. @throws {UserError} */
export function checkOpenOptions({ arrival, maxInFlight }: LoadOptions, isOpen: boolean, rateOption: string): void {
  if (isOpen) return;
  if (arrival !== undefined) throw new UserError(`--arrival needs a rate: ${rateOption}`);
  if (maxInFlight !== undefined) throw new UserError(`--max-in-flight needs a rate: ${rateOption}`);
}

/** What of them says how the load is generated. */
export function generatorOptions(
  options: LoadOptions,
): Pick<RunOptions, 'threads' | 'transport' | 'http2' | 'unixSocket' | 'maxConnections'> {
  const { transport, http2, unixSocket, maxConnections } = options;
  return {
    threads: options.threads,
    ...(transport === undefined ? {} : { transport }),
    ...(http2 === undefined ? {} : { http2 }),
    ...(unixSocket === undefined ? {} : { unixSocket }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
  };
}
