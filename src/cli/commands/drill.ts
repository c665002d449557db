import { resolve } from 'node:path';
import { ExitCode, UserError } from '../../core/errors.js';
import type { DrillReport } from '../../core/results.js';
import { judgeDrive } from '../../core/thresholds.js';
import type { CompiledPlan } from '../../drill/plan/load.js';
import type { Overrides } from '../../drill/plan/settings.js';
import type { CliCommand } from '../command.js';
import { observerOf } from '../drill/observer.js';
import { declareDrillOptions, type DrillOptions } from '../drill/options.js';
import { headerLines, isTimed, printReport } from '../drill/printing.js';
import { environmentOf } from '../environment.js';
import { silenceOf } from '../silence.js';
import { interruptible } from '../interrupt.js';
import type { Io } from '../io.js';
import { checkOpenOptions, generatorOptions, loadOverrides } from '../load-options.js';
import { progressView } from '../progress.js';
import { say } from '../say.js';

const command: CliCommand = {
  id: 'drill',
  summary: 'drive an HTTP server with a plan, as drill does, and measure it',
  configure: (program, io, exit) => {
    declareDrillOptions(program);
    program.action(async (plan: string | undefined, options: DrillOptions) => exit(await drill(plan, options, io)));
  },
};

export default command;

async function drill(argument: string | undefined, given: DrillOptions, io: Io): Promise<number> {
  const { plan: swallowed, options } = argument === undefined ? withoutSwallowedPlan(given) : { options: given };
  const path = planPath(argument ?? swallowed, options);
  if (options.compare !== undefined && options.threshold === undefined)
    throw new UserError('--compare needs --threshold: by how many milliseconds a request may be slower');
  if (options.listTags === true) return (await import('../drill/listing.js')).printTags(path, io);
  const tags = await tagFilter(options);
  if (options.listTasks === true) return (await import('../drill/listing.js')).printSteps(path, tags, io);
  const { loadPlan, protocolOf } = await import('../../drill/plan/load.js');
  const { formatDiagnostic } = await import('../../drill/plan/diagnostics.js');
  const { concurrency, iterations, rampup, base } = options;
  const plan = await loadPlan(path, {
    cwd: io.cwd,
    env: io.env,
    tags,
    strict: options.strict ?? false,
    refuseCommands: !options.exec,
    overrides: {
      ...(base === undefined ? {} : { base }),
      ...(await serverOverrides(options)),
      ...(options.report === undefined ? {} : { concurrency: 1, iterations: 1, rampMs: 0, warmupMs: 0 }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(iterations === undefined ? {} : { iterations }),
      ...(rampup === undefined ? {} : { rampMs: rampup }),
      ...loadOverrides(options),
    },
  });
  const { ratePerSecond, stages } = plan.load;
  checkOpenOptions(options, ratePerSecond !== undefined || stages[0]?.of === 'rate', '--rate, or one in the plan');
  for (const warning of plan.warnings) io.stderr.write(`${formatDiagnostic(warning)}\n`);
  const { result, exitCode } = await interruptible(io, (signal) =>
    withServer(options, plan, protocolOf(plan), io, (url, ending) => drive(plan, options, io, url, ending), signal),
  );
  return exitCode ?? result;
}

/** `--set a=b plan.yml` takes the plan for a setting, which it cannot be: it has no value. */
function withoutSwallowedPlan(options: DrillOptions): { readonly plan?: string; readonly options: DrillOptions } {
  const { set = [], benchmark } = options;
  const [plan, ...others] = set.filter((word) => !word.includes('='));
  if (plan === undefined || others.length > 0 || benchmark !== undefined) return { options };
  return { plan, options: { ...options, set: set.filter((word) => word !== plan) } };
}

function planPath(argument: string | undefined, { benchmark }: DrillOptions): string {
  if (argument !== undefined && benchmark !== undefined)
    throw new UserError(`the plan was given twice: '${argument}' and --benchmark '${benchmark}'`);
  const path = argument ?? benchmark;
  if (path !== undefined) return path;
  throw new UserError('no plan was given', { hint: 'archbench drill PLAN, or archbench drill --benchmark PLAN' });
}

/** Of a server that is started for the run: a plan that does not speak what it was told to is refused before it. */
async function serverOverrides({ mode, protocol }: DrillOptions): Promise<Overrides> {
  if (mode === undefined) return {};
  if (protocol === undefined) return { serverFollows: true };
  const { protocols } = await import('../../servers/catalogue.js');
  if (!protocols.has(protocol)) throw protocols.unknown(protocol);
  return { serverFollows: true, serverProtocol: protocol };
}

async function tagFilter(options: DrillOptions) {
  const { parseTags, TagFilter } = await import('../../drill/plan/tags.js');
  return new TagFilter(
    options.tags === undefined ? undefined : parseTags(options.tags),
    options.skipTags === undefined ? [] : parseTags(options.skipTags),
  );
}

type Drive = (url: string | undefined, signal: AbortSignal) => Promise<number>;

/** Drives a server of ours, started for it and stopped after it, or whatever the plan names. */
async function withServer(
  options: DrillOptions,
  { callConnections }: CompiledPlan,
  spoken: string,
  io: Io,
  driveUrl: Drive,
  signal: AbortSignal,
): Promise<number> {
  const { mode, set = [], app, protocol } = options;
  if (mode === undefined && set.length > 0)
    throw new UserError('--set needs --mode: settings are those of an architecture');
  if (mode === undefined && (app !== undefined || protocol !== undefined))
    throw new UserError('--app and --protocol need --mode: an architecture that serves');
  if (mode === undefined) return driveUrl(undefined, signal);
  if (callConnections > 1) await warnOfShortage(mode, set, callConnections, io);
  const { startServerForRun } = await import('../server-for-run.js');
  const started = await startServerForRun(
    {
      mode,
      set,
      ...(app === undefined ? {} : { app: resolve(io.cwd, app) }),
      protocol: spoken,
      host: '127.0.0.1',
      port: 0,
      graceMs: 1000,
    },
    signal,
  ).catch((error: unknown) => {
    if (error === signal.reason) return undefined;
    throw error;
  });
  // Nothing has run: the exit code of the signal says all.
  if (started === undefined) return ExitCode.interrupted;
  await using server = started;
  const died = new AbortController();
  let failure: Error | undefined;
  void (async () => {
    failure = await server.ended;
    died.abort();
  })();
  const exitCode = await driveUrl(server.url, AbortSignal.any([signal, died.signal]));
  if (failure !== undefined) throw new UserError(failure.message, { exitCode: ExitCode.runFailed, cause: failure });
  return exitCode;
}

async function warnOfShortage(mode: string, set: readonly string[], held: number, io: Io): Promise<void> {
  const { resolveMode } = await import('../../servers/catalogue.js');
  const { connectionShortage } = await import('../connection-shortage.js');
  const shortage = connectionShortage(await resolveMode(mode), set, held);
  if (shortage !== undefined) say(io, `WARNING! mode '${mode}': ${shortage}`);
}

async function drive(
  plan: CompiledPlan,
  options: DrillOptions,
  io: Io,
  url: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { runPlan } = await import('../../drill/run-plan.js');
  const { baselineOf } = await import('../drill/baseline.js');
  const base = url ?? plan.base;
  // Where a machine reads the result, nothing else may stand on standard output.
  const talks = options.format === undefined || options.format === 'table';
  const baseline = baselineOf(options, io);
  const { Delivery } = await import('../deliver.js');
  // What is wrong with these must not cost a result.
  const delivery = await Delivery.prepare(options.format, options.output ?? [], io);
  if (talks) io.stdout.write(headerLines(plan, base, options));
  // A timed run would print millions of lines.
  const quiet = (options.quiet ?? false) || isTimed(plan);
  const linesOnTerminal = talks && (!quiet || options.verbose === true);
  const progress = linesOnTerminal ? undefined : progressView(io, options.progress ?? false);
  const measured = await runPlan(plan, {
    env: io.env,
    environment: environmentOf(io),
    argv: io.argv,
    base,
    clock: io.clock,
    signal,
    graceMs: options.grace,
    relaxed: options.relaxedInterpolations ?? false,
    verifyCertificates: options.checkCertificate,
    onAssertFail: options.onAssertFail,
    onWarning: (message) => say(io, `WARNING! ${message}`),
    ...generatorOptions(options),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
    ...(await observerOf(talks, baseline, options, quiet, io)),
    ...(progress === undefined ? {} : { onProgress: progress.show }),
  });
  progress?.clear();
  const thresholds = plan.thresholds.map((threshold) => judgeDrive(threshold, measured));
  const report = thresholds.length === 0 ? measured : { ...measured, thresholds };
  await printReport(report, talks, isTimed(plan), options, delivery, io);
  const failedChecks = failedChecksLine(report);
  if (failedChecks !== undefined && report.stopped === undefined) say(io, failedChecks);
  const silence = silenceOf(report);
  // As with drill, that is a result and no error; but nobody shall overlook it.
  if (silence !== undefined) say(io, `warning: ${silence}`);
  const withinBaseline = baseline?.finish(report) ?? true;
  if (report.stopped !== undefined) say(io, `error: ${report.stopped}`);
  if (report.stopped !== undefined || !withinBaseline) return ExitCode.runFailed;
  return thresholds.every(({ met }) => met) ? ExitCode.ok : ExitCode.thresholdFailed;
}

/** Asserts and checks that the run went on after are easily overlooked: its exit code does not tell of them. */
function failedChecksLine({ total }: DrillReport): string | undefined {
  const failed = total.checks?.failed ?? 0;
  if (failed === 0) return undefined;
  const most = total.errors.find((error) => error.class === 'assert' || error.class === 'check');
  const often =
    most === undefined ? '' : failed === 1 ? `: ${most.message}` : `, ${most.count} of them: ${most.message}`;
  return `WARNING! ${failed === 1 ? 'a check or assert' : `${failed} checks or asserts`} did not hold${often}`;
}
