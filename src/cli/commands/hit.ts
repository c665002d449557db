import { Option, type Command } from 'commander';
import { ExitCode, UserError } from '../../core/errors.js';
import type { CompiledPlan } from '../../drill/plan/load.js';
import { methodsWithBody } from '../../net/http/methods.js';
import { urlProblem } from '../../net/http/url-problem.js';
import type { CliCommand } from '../command.js';
import { environmentOf } from '../environment.js';
import { silenceOf } from '../silence.js';
import { interruptible } from '../interrupt.js';
import type { Io } from '../io.js';
import {
  checkOpenOptions,
  declareLoadOptions,
  generatorOptions,
  loadOverrides,
  type LoadOptions,
} from '../load-options.js';
import { collect, duration, wholeNumber } from '../option-values.js';
import { progressView } from '../progress.js';
import { say } from '../say.js';

interface HitOptions extends LoadOptions {
  readonly connections?: number;
  readonly requests?: number;
  readonly header?: readonly string[];
  readonly method?: string;
  readonly body?: string;
  readonly timeout?: number;
  readonly checkCertificate: boolean;
  readonly seed?: number;
  readonly format: string;
  readonly output?: readonly string[];
  readonly progress?: true;
}

/** What wrk would be told most of the time. */
const defaultConnections = 64;
const defaultDurationMs = 10_000;

const shortNames: Readonly<Record<string, string>> = { duration: '-d, ', rate: '-r, ' };

const command: CliCommand = {
  id: 'hit',
  summary: 'drive one URL without a plan: the flags of wrk, hey and oha, the engine and report of drill',
  configure: (program, io, exit) => {
    declareOptions(program);
    program.action(async (url: string, options: HitOptions) => exit(await hit(url, options, io)));
  },
};

export default command;

function declareOptions(program: Command): void {
  program
    .argument('<url>', 'absolute URL, http or https')
    .option('-c, --connections <n>', `requests at once (default: ${defaultConnections})`, wholeNumber('-c', 1))
    .option('-n, --requests <n>', 'so many requests instead of a time', wholeNumber('-n', 1));
  declareLoadOptions(program, (name) => shortNames[name] ?? '');
  program
    .option('-H, --header <name: value>', 'a header of every request; again for more', collect)
    .option('-m, --method <method>', 'GET, or POST when there is a body')
    .option('--body <text>', 'body of every request')
    .option('-t, --timeout <time>', 'time for each request (default: 10s)', duration('-t'))
    .option('--no-check-certificate', 'accept any TLS certificate')
    .option('--seed <n>', 'what all chance follows from (default: random, and reported)', wholeNumber('--seed', 0))
    .option('--format <id>', 'how the result is printed: table, json, markdown, …', 'table')
    .option(
      '-o, --output <file>',
      'write the result to a file too, in the form its ending says; again for more',
      collect,
    )
    .addOption(new Option('--progress', 'a line a second on stderr, even when that is no terminal'))
    .addHelpText(
      'after',
      `\nWithout -n, -d or --stage the load lasts ${defaultDurationMs / 1000} s.\nIn the path, the query, headers and the body {{ }} is filled in as in a plan: '/users?n={{ iteration }}', 'Authorization: Bearer {{ TOKEN }}'.`,
    );
}

async function hit(url: string, options: HitOptions, io: Io): Promise<number> {
  const { Delivery } = await import('../deliver.js');
  const delivery = await Delivery.prepare(options.format, options.output ?? [], io);
  const plan = await planFor(url, options, io);
  const { runPlan } = await import('../../drill/run-plan.js');
  const progress = progressView(io, options.progress ?? false);
  const { result: report, exitCode } = await interruptible(io, (signal) =>
    runPlan(plan, {
      env: io.env,
      environment: environmentOf(io),
      argv: io.argv,
      clock: io.clock,
      signal,
      verifyCertificates: options.checkCertificate,
      onWarning: (message) => say(io, `WARNING! ${message}`),
      ...generatorOptions(options),
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
      ...(progress === undefined ? {} : { onProgress: progress.show }),
    }),
  );
  progress?.clear();
  await delivery.deliver(report);
  if (report.stopped !== undefined) say(io, `error: ${report.stopped}`);
  // A script that looks at nothing else must notice that there was no server.
  const silence = silenceOf(report);
  if (silence !== undefined) say(io, `error: ${silence}`);
  return exitCode ?? (report.stopped === undefined && silence === undefined ? ExitCode.ok : ExitCode.runFailed);
}

/** The plan that the command line stands for: one request. */
async function planFor(url: string, options: HitOptions, io: Io): Promise<CompiledPlan> {
  checkOptions(url, options);
  const { compilePlan } = await import('../../drill/plan/load.js');
  const { PlanError } = await import('../../drill/plan/diagnostics.js');
  const { PlanSource } = await import('../../drill/plan/source.js');
  const method = (options.method ?? (options.body === undefined ? 'GET' : 'POST')).toUpperCase();
  const takesBody = methodsWithBody.has(method);
  if (!takesBody && options.body !== undefined) throw new UserError(`a ${method} is sent without a --body`);
  const target = targetOf(url);
  const request = {
    url: target,
    method,
    headers: headersOf(options.header ?? []),
    ...(takesBody ? { body: options.body ?? '' } : {}),
  };
  // YAML holds all of JSON. The plan's name is what the report says of it.
  const text = JSON.stringify({
    base: baseOf(url),
    plan: [{ name: `${method} ${target.replace(/\?.*/s, '')}`, request }],
  });
  const staged = options.stage !== undefined;
  const open = staged || options.rate !== undefined;
  const timed = !staged && options.requests === undefined;
  const overrides = {
    ...(open ? {} : { concurrency: concurrencyOf(options) }),
    ...(timed ? { durationMs: defaultDurationMs } : {}),
    ...(options.requests === undefined ? {} : { iterations: options.requests }),
    ...loadOverrides(options),
  };
  try {
    return await compilePlan(new PlanSource(url, url, text, { isWritten: false }), {
      cwd: io.cwd,
      env: io.env,
      overrides,
    });
  } catch (error) {
    // Nobody has written that plan: its lines would say nothing to the user.
    if (error instanceof PlanError) throw new UserError(error.diagnostics.map(({ message }) => message).join('; '));
    throw error;
  }
}

/** With the name and the password, which every request then carries. */
function baseOf(url: string): string {
  const base = new URL('/', url);
  return base.href.slice(0, -1);
}

/** Path and query as they were typed: in a parsed URL the spaces of `{{ iteration }}` are none any more. */
function targetOf(url: string): string {
  const { pathname, search } = new URL(url);
  const [, target = pathname + search] = /^\w+:\/\/[^/?#]*([^#]*)/s.exec(url.trim()) ?? [];
  return target.startsWith('/') ? target : `/${target}`;
}

function concurrencyOf({ connections, requests }: HitOptions): number {
  return connections ?? Math.min(defaultConnections, requests ?? defaultConnections);
}

function checkOptions(url: string, options: HitOptions): void {
  const { connections, requests, duration: durationMs, rate, stage } = options;
  const problem = urlProblem(url);
  if (problem !== undefined)
    throw new UserError(
      `'${url}' ${problem}`,
      !url.includes('://') && URL.canParse(`http://${url}`) ? { hint: `did you mean http://${url}?` } : {},
    );
  if (requests !== undefined && durationMs !== undefined)
    throw new UserError('-n and -d exclude each other: a number of requests, or a time');
  if (connections !== undefined && rate !== undefined)
    throw new UserError('-c and -r exclude each other: with a rate, requests start when they are due', {
      hint: '--max-in-flight bounds how many may be on their way',
    });
  if (connections !== undefined && requests !== undefined && connections > requests)
    throw new UserError(
      `-c ${connections} is more than the ${requests === 1 ? 'one request' : `${requests} requests`} there ${requests === 1 ? 'is' : 'are'}`,
    );
  checkOpenOptions(options, rate !== undefined || stage?.[0]?.of === 'rate', '-r');
}

/** A plan names each header once; one that is given again is a list of values, which says the same (RFC 9110 §5.3). */
function headersOf(given: readonly string[]): Readonly<Record<string, string>> {
  const headers = new Map<string, readonly [name: string, value: string]>();
  for (const [name, value] of given.map(headerOf)) {
    const key = name.toLowerCase();
    const before = headers.get(key)?.[1];
    headers.set(key, [name, before === undefined ? value : `${before}${key === 'cookie' ? '; ' : ', '}${value}`]);
  }
  return Object.fromEntries(headers.values());
}

function headerOf(given: string): readonly [string, string] {
  const colon = given.indexOf(':');
  if (colon <= 0) throw new UserError(`-H expects 'name: value', found '${given}'`);
  return [given.slice(0, colon).trim(), given.slice(colon + 1).trim()];
}
