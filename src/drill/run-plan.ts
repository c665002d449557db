import { systemClock, type Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { DrillReport, Environment } from '../core/results.js';
import type { StepObserver } from './observer.js';
import { pacers, type Load, type Pacer } from './pacer.js';
import type { CompiledPlan } from './plan/load.js';
import { formatDiagnostic } from './plan/diagnostics.js';
import { Recorder, stepResults } from './recorder.js';
import { Targets } from './request/target.js';
import { StopRun, type Run } from './run.js';
import { runClosedLoop } from './runner.js';
import type { Transport } from './transport.js';
import { openTransport } from './choose-transport.js';

export interface RunOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly environment: Environment;
  readonly argv?: readonly string[];
  /** Instead of the plan's own. */
  readonly base?: string;
  /** Id of a transport. */
  readonly transport?: string;
  readonly clock?: Clock;
  /** Aborting it ends the run early: what was measured is reported all the same. */
  readonly signal?: AbortSignal;
  /** How long requests in flight may still take when the run ends early. */
  readonly graceMs?: number;
  /** A 32-bit number that all chance follows from; random when absent. */
  readonly seed?: number;
  /** Time for each request, instead of the plan's own; a request that says one keeps it. */
  readonly timeoutMs?: number;
  /** Unknown variables are empty instead of ending the run. */
  readonly relaxed?: boolean;
  readonly onAssertFail?: 'stop' | 'continue';
  readonly verifyCertificates?: boolean;
  readonly http2?: boolean;
  readonly unixSocket?: string;
  readonly observer?: StepObserver;
  /** Hand the body of every response to the observer. */
  readonly keepBodies?: boolean;
  /** Is given each distinct warning as it comes up. */
  readonly onWarning?: (message: string) => void;
}

const defaultTimeoutMs = 10_000;
const defaultGraceMs = 2000;

/**
 * Runs a plan to its end, or until `signal` aborts. Whatever happens to requests is in the report; so is what was
 * measured until an assert failed or the run was interrupted.
 * @throws {UserError} when the run cannot begin
 */
export async function runPlan(plan: CompiledPlan, options: RunOptions): Promise<DrillReport> {
  const { clock = systemClock, seed = Math.trunc(Math.random() * 2 ** 32), env } = options;
  if (plan.steps.length === 0)
    throw new UserError(`Empty benchmark: '${plan.path}' has no steps to run`, { exitCode: 1 });
  const pacer = await choosePacer(plan.load);
  const { transport, name: transportName } = await openTransport(options.transport ?? 'auto', {
    clock,
    verifyCertificates: options.verifyCertificates ?? true,
    http2: options.http2 ?? false,
    unixSocket: options.unixSocket,
    env,
  });
  const ending = new Ending(clock, options.graceMs ?? defaultGraceMs, transport);
  const warnings = new Warnings(plan, options.onWarning);
  let stopped: string | undefined;
  const stop = (reason: StopRun): void => {
    stopped ??= reason.message;
    ending.begin();
  };
  const interrupt = (): void => ending.begin();
  options.signal?.addEventListener('abort', interrupt);
  if (options.signal?.aborted === true) ending.begin();
  try {
    const startedAtDate = new Date();
    const startedAt = clock.now();
    const recorder = new Recorder(startedAt, pacer.loop === 'open');
    const run: Run = {
      clock,
      transport,
      recorder,
      env,
      base: options.base ?? plan.base,
      seed,
      iterations: pacer.iterations,
      timeoutMs: options.timeoutMs ?? plan.timeoutMs ?? defaultTimeoutMs,
      settable: plan.settable,
      reassigned: plan.reassigned,
      targets: new Targets(),
      keepsCookies: plan.keepsCookies,
      keepsBodies: options.keepBodies ?? false,
      keepsHeaders: plan.keepsCookies || options.observer?.sending !== undefined,
      observer: options.observer,
      stopping: ending.stopping,
      ending: ending.ending,
      assertFailed: (step, iteration, message) => {
        if (options.onAssertFail !== 'continue')
          throw new StopRun(`assertion failed in step '${step}', iteration ${iteration}: ${message}`);
        recorder.checkFailed(recorder.group(step), 'assert', `${step}: ${message}`);
      },
      unknownVariable: (name) => {
        if (options.relaxed !== true) throw new StopRun(`nothing has set the variable '${name}'`);
        warnings.add(`Unknown '${name}' variable!`);
        return '';
      },
    };
    const steps = plan.steps.map((blueprint) => blueprint(run));
    await transport.ready?.();
    await runClosedLoop({ run, steps, pacer, concurrency: plan.load.concurrency, startedAt, stop });
    const elapsedMs = clock.now() - startedAt;
    const snapshot = recorder.snapshot();
    return {
      schemaVersion: 1,
      kind: 'drill',
      plan: { path: plan.path, hash: plan.hash },
      argv: options.argv ?? [],
      startedAt: startedAtDate.toISOString(),
      elapsedMs,
      base: run.base,
      concurrency: plan.load.concurrency,
      iterations: plan.load.iterations,
      seed,
      transport: transportName(),
      environment: options.environment,
      ...stepResults([snapshot], elapsedMs),
      series: snapshot.series,
      warmup: { requests: 0 },
      health: { verdict: 'PASS', reasons: [] },
      warnings: warnings.list,
      partial: ending.stopping.aborted,
      ...(stopped === undefined ? {} : { stopped }),
    };
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
    ending.cancel();
    await transport[Symbol.asyncDispose]();
  }
}

async function choosePacer(load: Load): Promise<Pacer> {
  for (const kind of await pacers.all()) {
    const pacer = kind.create(load);
    if (pacer !== undefined) return pacer;
  }
  throw new Error('no pacer for this load');
}

/** How a run ends before its end: at once nothing new begins; after a grace time, what still runs is cut off. */
class Ending {
  readonly #stop = new AbortController();
  readonly #end = new AbortController();
  readonly #cancelled = new AbortController();
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #transport: Transport;

  constructor(clock: Clock, graceMs: number, transport: Transport) {
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#transport = transport;
  }

  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  get ending(): AbortSignal {
    return this.#end.signal;
  }

  begin(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    void this.#cutOff();
  }

  async #cutOff(): Promise<void> {
    try {
      await this.#clock.sleep(this.#graceMs, this.#cancelled.signal);
    } catch {
      return; // everything ended within the grace time
    }
    this.#end.abort();
    await this.#transport[Symbol.asyncDispose]();
  }

  cancel(): void {
    this.#cancelled.abort();
  }
}

/** Warnings of one run, each once. */
class Warnings {
  readonly #said = new Set<string>();
  readonly #tell: ((message: string) => void) | undefined;

  constructor(plan: CompiledPlan, tell: ((message: string) => void) | undefined) {
    for (const warning of plan.warnings) this.#said.add(formatDiagnostic(warning));
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
