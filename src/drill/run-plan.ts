import { answeredOf } from '../core/answered.js';
import { systemClock, type Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type {
  Backlog,
  DrillReport,
  Environment,
  Health,
  LatencySummary,
  LoadSummary,
  SecondResult,
} from '../core/results.js';
import { localFleet, threadFleet, type Fleet } from './fleet.js';
import type { GenerateOptions, Generated, GeneratorEvents, GeneratorProgress, LocalOptions } from './generate.js';
import { assessHealth, type HealthFacts } from './health.js';
import { checkLimits } from './limits.js';
import { pacerFor, type Load, type Pacer } from './pacer.js';
import { diagnosticLine } from './plan/diagnostics.js';
import type { CompiledPlan } from './plan/load.js';
import { stepResults } from './step-results.js';
import { isSameMachine } from './same-machine.js';
import { Series } from './series.js';

export interface RunOptions extends Omit<GenerateOptions, 'seed'>, LocalOptions {
  readonly environment: Environment;
  readonly argv?: readonly string[];
  /** Aborting it ends the run early: what was measured is reported all the same. */
  readonly signal?: AbortSignal;
  /** A 32-bit number that all chance follows from; random when absent. */
  readonly seed?: number;
  /**
   * Generator threads, at most: there are never more than clients. 1 generates on the calling thread, and only that
   * one tells an observer of each step.
   */
  readonly threads?: number;
  /** Is given each distinct warning as it comes up. */
  readonly onWarning?: (message: string) => void;
  /** The load begins, its warm-up included. */
  readonly onRunning?: () => void;
  /** Is told once a second how far the run is. */
  readonly onProgress?: (progress: RunProgress) => void;
}

export interface RunProgress extends GeneratorProgress {
  readonly elapsedMs: number;
  /** The last second that has ended; absent in the first one, and while warming up. */
  readonly second: SecondResult | undefined;
  /** Nothing counts yet. */
  readonly isWarmingUp: boolean;
}

/**
 * Runs a plan to its end, or until `signal` aborts. Whatever happens to requests is in the report; so is what was
 * measured until an assert failed or the run was interrupted.
 * @throws {UserError} when the run cannot begin
 */
export async function runPlan(plan: CompiledPlan, options: RunOptions): Promise<DrillReport> {
  if (plan.steps.length === 0)
    throw new UserError(`Empty benchmark: '${plan.path}' has no steps to run`, { exitCode: 1 });
  const { clock = systemClock, seed = Math.trunc(Math.random() * 2 ** 32) } = options;
  const pacer = await pacerFor(plan.load, seed);
  const threads = Math.min(options.threads ?? 1, mostThreads(plan.load, pacer, options.maxConnections));
  const limits = checkPlanLimits(plan.load, pacer);
  const sameMachine = await isSameMachine(options.base ?? plan.base, options.unixSocket);
  const sharedCores = sameMachine ? options.environment.cores : undefined;
  const series = new Series(threads);
  const warnings = new Warnings(plan, options.onWarning);
  let stopped: string | undefined;
  let fleet: Fleet | undefined;
  const events: GeneratorEvents = {
    onSecond: (second, failed, latency) => series.add(second, failed, latency),
    onWarning: (message) => warnings.add(message),
    onStopped: (reason) => {
      stopped ??= reason;
      fleet?.end();
    },
  };
  fleet = await openFleet(plan, { ...options, seed }, threads, events);
  const interrupt = (): void => fleet.end();
  options.signal?.addEventListener('abort', interrupt);
  if (options.signal?.aborted === true) fleet.end();
  const watching = new AbortController();
  void watch(fleet, series, clock, plan.load.warmupMs, options, watching.signal);
  try {
    const startedAt = new Date();
    options.onRunning?.();
    const generated = await fleet.run();
    const elapsedMs = Math.max(...generated.map((one) => one.elapsedMs));
    const results = stepResults(
      generated.map(({ snapshot }) => snapshot),
      elapsedMs,
    );
    const seconds = series.finish();
    const busyShare = busyShareOf(plan.load, pacer, generated, results.scenarios, elapsedMs);
    return {
      schemaVersion: 1,
      kind: 'drill',
      plan: { path: plan.path, hash: plan.hash },
      argv: options.argv ?? [],
      startedAt: startedAt.toISOString(),
      elapsedMs,
      base: options.base ?? plan.base,
      concurrency: mostClients(plan.load),
      iterations: pacer.iterations ?? 0,
      load: summariseLoad(plan.load, pacer, threads),
      seed,
      transport: [...new Set(generated.map(({ transport }) => transport))].join(' + '),
      environment: options.environment,
      ...results,
      series: seconds,
      warmup: { requests: generated.reduce((sum, { snapshot }) => sum + snapshot.warmupRequests, 0) },
      health: healthOf(pacer, generated, results, { elapsedMs, busyShare, series: seconds, limits, sharedCores }),
      ...(busyShare === undefined ? {} : { busyShare }),
      ...backlogOf(plan.load, pacer, generated),
      warnings: warnings.list,
      partial: generated.some(({ partial }) => partial),
      ...(stopped === undefined ? {} : { stopped }),
    };
  } finally {
    watching.abort();
    options.signal?.removeEventListener('abort', interrupt);
  }
}

function openFleet(
  plan: CompiledPlan,
  options: RunOptions & { readonly seed: number },
  threads: number,
  events: GeneratorEvents,
): Promise<Fleet> {
  if (threads === 1) return localFleet(plan, options, events);
  const { env, base, transport, graceMs, seed, timeoutMs, relaxed, onAssertFail, verifyCertificates } = options;
  const plain = { base, transport, graceMs, timeoutMs, relaxed, onAssertFail, verifyCertificates };
  const { http2, unixSocket, maxConnections } = options;
  const given = Object.entries({ ...plain, http2, unixSocket, maxConnections }).filter(
    ([, value]) => value !== undefined,
  );
  return threadFleet(plan, threads, { ...Object.fromEntries(given), env: { ...env }, seed }, events);
}

/** How many clients of a closed loop there are at once, at most. */
function mostClients({ concurrency, stages }: Load): number {
  const targets = stages.flatMap(({ of, target }) => (of === 'concurrency' ? [target] : []));
  return targets.length === 0 ? concurrency : Math.max(1, ...targets);
}

/** A thread without a client, or without a connection, would leave its part of the load undone. */
function mostThreads(load: Load, { loop }: Pacer, maxConnections?: number): number {
  return Math.min(loop === 'open' ? load.maxInFlight : mostClients(load), maxConnections ?? Number.POSITIVE_INFINITY);
}

/** @throws {UserError} when the load needs more connections than the machine gives */
function checkPlanLimits(load: Load, { loop }: Pacer): readonly string[] {
  return loop === 'open' ? checkLimits(load.maxInFlight, false) : checkLimits(mostClients(load), true);
}

function summariseLoad(load: Load, { loop }: Pacer, threads: number): LoadSummary {
  const { durationMs, ratePerSecond, arrival, warmupMs, stages, maxInFlight } = load;
  return {
    loop,
    threads,
    warmupMs,
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(loop === 'open' ? { arrival, maxInFlight } : {}),
    ...(stages.length === 0 ? {} : { stages }),
  };
}

/** Tells once a second how far the run is. */
async function watch(
  fleet: Fleet,
  series: Series,
  clock: Clock,
  warmupMs: number,
  { onProgress }: RunOptions,
  over: AbortSignal,
): Promise<void> {
  if (onProgress === undefined) return;
  const startedAt = clock.now();
  for (let second = 1; !over.aborted; second += 1) {
    try {
      await clock.sleep(startedAt + second * 1000 - clock.now(), over);
    } catch {
      return;
    }
    const progress = fleet.progress();
    const elapsedMs = clock.now() - startedAt;
    onProgress({ ...progress, elapsedMs, second: series.seconds.at(-1), isWarmingUp: elapsedMs < warmupMs });
  }
}

/** What part of their time the clients of a closed loop spent in iterations that began and ended while it counted. */
function busyShareOf(
  { durationMs, concurrency }: Load,
  { loop }: Pacer,
  generated: readonly Generated[],
  { meanUs }: LatencySummary,
  elapsedMs: number,
): number | undefined {
  if (loop === 'open' || durationMs === undefined || elapsedMs === 0) return undefined;
  return (meanUs * iterationsOf(generated)) / 1000 / elapsedMs / concurrency;
}

/** Only of one rate: at a changing one the backlog changes, too, of a server that keeps up. */
function backlogOf(
  { durationMs, stages }: Load,
  { loop }: Pacer,
  generated: readonly Generated[],
): Pick<DrillReport, 'backlog'> {
  if (loop !== 'open' || durationMs === undefined || stages.length > 0) return {};
  const sum = (of: keyof Backlog): number => generated.reduce((total, { backlog }) => total + (backlog?.[of] ?? 0), 0);
  return { backlog: { halfway: sum('halfway'), end: sum('end'), started: sum('started') } };
}

const iterationsOf = (generated: readonly Generated[]): number =>
  generated.reduce((sum, { snapshot }) => sum + snapshot.iterations, 0);

function healthOf(
  { loop }: Pacer,
  generated: readonly Generated[],
  { total }: ReturnType<typeof stepResults>,
  rest: Pick<HealthFacts, 'series' | 'limits' | 'sharedCores'> & {
    readonly elapsedMs: number;
    readonly busyShare: number | undefined;
  },
): Health {
  const iterations = iterationsOf(generated);
  const { elapsedMs, busyShare, ...facts } = rest;
  return assessHealth({
    ...facts,
    loop,
    requests: total.requests,
    failed: total.failed,
    answered: answeredOf(total),
    generatorLoads: generated.flatMap(({ cpuMs, wallMs }) =>
      cpuMs === undefined || wallMs < 500 ? [] : [cpuMs / wallMs],
    ),
    due: loop === 'open' ? iterations + (total.dropped ?? 0) : 0,
    late: total.late ?? 0,
    dropped: total.dropped ?? 0,
    busyShare: elapsedMs >= 1000 ? busyShare : undefined,
  });
}

/** Warnings of one run, each once. */
class Warnings {
  readonly #said = new Set<string>();
  readonly #tell: ((message: string) => void) | undefined;

  constructor(plan: CompiledPlan, tell: ((message: string) => void) | undefined) {
    for (const warning of plan.warnings) this.#said.add(diagnosticLine(warning));
    this.#tell = tell;
  }

  add(message: string): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#tell?.(message);
  }

  get list(): readonly string[] {
    return [...this.#said];
  }
}
