import type { Clock } from '../core/clock.js';
import { systemClock } from '../core/clock.js';
import { ExitCode, UserError } from '../core/errors.js';
import type { Backlog } from '../core/results.js';
import { threadCpuMs } from '../net/sys/cpu-clock.js';
import { openTransport, type ChosenTransport } from './choose-transport.js';
import { runClosedLoop } from './closed-loop.js';
import { Ending } from './ending.js';
import type { LoopState } from './loop.js';
import type { StepObserver } from './observer.js';
import { runOpenLoop } from './open-loop.js';
import { pacerFor, warmUpOf, type Pacer } from './pacer.js';
import type { CompiledPlan } from './plan/load.js';
import { PreciseWait } from './precise-wait.js';
import { Recorder, type RecorderSnapshot } from './recorder.js';
import { loadCookieStore } from './request/exchange.js';
import { Targets } from './request/target.js';
import { StopRun, type Run, type Step } from './run.js';
import { Schedule } from './schedule.js';
import type { OnSecond } from './series.js';
import { partOf, type Share } from './share.js';
import type { TransportCounters } from './transport.js';

/** How a plan is run, as far as every generator must know; plain data, so that it can be sent to a thread. */
export interface GenerateOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly base?: string;
  readonly transport?: string;
  readonly graceMs?: number;
  readonly seed: number;
  readonly timeoutMs?: number;
  readonly relaxed?: boolean;
  readonly onAssertFail?: 'stop' | 'continue';
  readonly verifyCertificates?: boolean;
  readonly http2?: boolean;
  readonly maxConnections?: number;
  readonly unixSocket?: string;
}

/** What only a generator on the caller's own thread can have. */
export interface LocalOptions {
  readonly clock?: Clock;
  readonly observer?: StepObserver;
  /** The observer is given the body of every response. */
  readonly keepBodies?: boolean;
}

/** What a generator tells while it runs. */
export interface GeneratorEvents {
  readonly onSecond: OnSecond;
  /** Is given each distinct warning as it comes up. */
  readonly onWarning: (message: string) => void;
  /** A step wants the whole run to end, on all generators. */
  readonly onStopped: (reason: string) => void;
}

/** What one generator has done: plain, and mergeable with that of others. */
export interface Generated {
  readonly snapshot: RecorderSnapshot;
  /** From the first moment that counts to the end of the last request. */
  readonly elapsedMs: number;
  /** Processor time that the thread worked meanwhile, where the platform tells: without what went into waiting. */
  readonly cpuMs: number | undefined;
  /** What that is measured against: the whole run, warm-up included. */
  readonly wallMs: number;
  readonly transport: string;
  readonly counters: TransportCounters;
  /** Only of an open loop. */
  readonly backlog: Backlog | undefined;
  /** It ended before the load was over. */
  readonly partial: boolean;
}

export interface GeneratorProgress {
  readonly requests: number;
  readonly failed: number;
  readonly inFlight: number;
}

const defaultTimeoutMs = 10_000;
const defaultGraceMs = 2000;

/** One thread's part of a load: connections, histograms and schedule of its own. */
export class Generator {
  readonly #releases: (() => Promise<void>)[] = [];
  readonly #plan: CompiledPlan;
  readonly #share: Share;
  readonly #clock: Clock;
  readonly #chosen: ChosenTransport;
  readonly #pacer: Pacer;
  readonly #warmUp: Pacer | undefined;
  readonly #recorder: Recorder;
  readonly #ending: Ending;
  readonly #events: GeneratorEvents;
  readonly #run: Run;
  readonly #steps: readonly Step[];
  readonly #state: LoopState = { inFlight: 0, stopping: false };

  /**
   * Opens the transport, encodes what never changes, looks names up: everything that must not fall into the measured
   * time.
   * @throws {UserError} when the run cannot begin
   */
  static async prepare(
    plan: CompiledPlan,
    share: Share,
    options: GenerateOptions & LocalOptions,
    events: GeneratorEvents,
  ): Promise<Generator> {
    const { clock = systemClock, env, seed } = options;
    const { load } = plan;
    if (plan.keepsCookies) await loadCookieStore();
    const pacer = await pacerFor(load, seed);
    const warmUp = load.warmupMs === 0 ? undefined : await pacerFor(warmUpOf(load), seed);
    const tls = /^https:/i.test(options.base ?? plan.base);
    const chosen = await openTransport(options.transport ?? 'auto', tls, {
      clock,
      verifyCertificates: options.verifyCertificates ?? true,
      http2: options.http2 ?? false,
      unixSocket: options.unixSocket,
      env,
      ...(options.maxConnections === undefined
        ? {}
        : { maxConnections: Math.max(1, partOf(options.maxConnections, share)) }),
    });
    try {
      const generator = new Generator(plan, share, options, events, chosen, pacer, warmUp);
      await chosen.transport.ready?.();
      return generator;
    } catch (error) {
      await chosen.transport[Symbol.asyncDispose]();
      // What is wrong in every iteration is known before the first.
      if (error instanceof StopRun) throw new UserError(error.message, { exitCode: ExitCode.runFailed, cause: error });
      throw error;
    }
  }

  private constructor(
    plan: CompiledPlan,
    share: Share,
    options: GenerateOptions & LocalOptions,
    events: GeneratorEvents,
    chosen: ChosenTransport,
    pacer: Pacer,
    warmUp: Pacer | undefined,
  ) {
    const { clock = systemClock } = options;
    this.#plan = plan;
    this.#share = share;
    this.#clock = clock;
    this.#chosen = chosen;
    this.#pacer = pacer;
    this.#warmUp = warmUp;
    this.#events = events;
    this.#recorder = new Recorder(pacer.loop === 'open' ? lateAfterMs(plan.load.ratePerSecond) : undefined);
    this.#ending = new Ending(clock, options.graceMs ?? defaultGraceMs, chosen.transport);
    this.#ending.stopping.addEventListener('abort', () => (this.#state.stopping = true));
    this.#run = this.#makeRun(options);
    this.#steps = plan.steps.map((blueprint) => blueprint(this.#run));
  }

  #makeRun(options: GenerateOptions & LocalOptions): Run {
    const plan = this.#plan;
    const recorder = this.#recorder;
    return {
      clock: this.#clock,
      transport: this.#chosen.transport,
      recorder,
      env: options.env,
      base: options.base ?? plan.base,
      seed: options.seed,
      iterations: this.#pacer.iterations,
      timeoutMs: options.timeoutMs ?? plan.timeoutMs ?? defaultTimeoutMs,
      settable: plan.settable,
      reassigned: plan.reassigned,
      targets: new Targets(),
      keepsCookies: plan.keepsCookies,
      keepsBodies: options.keepBodies ?? false,
      keepsHeaders: plan.keepsCookies || options.observer?.sending !== undefined,
      observer: options.observer,
      stopping: this.#ending.stopping,
      ending: this.#ending.ending,
      onEnd: (release) => this.#releases.push(release),
      assertFailed: (step, iteration, message) => {
        if (options.onAssertFail !== 'continue')
          throw new StopRun(`assertion failed in step '${step}', iteration ${iteration.number}: ${message}`);
        const dueAt = iteration.requestDueAt ?? iteration.dueAt ?? this.#clock.now();
        recorder.checkFailed(recorder.group(step), 'assert', `${step}: ${message}`, dueAt);
      },
      unknownVariable: (name, at, iteration) => {
        if (options.relaxed !== true)
          throw new StopRun(`${at.place}: nothing has set the variable '${name}' (iteration ${iteration})`);
        this.#events.onWarning(`Unknown '${name}' variable!`);
        return '';
      },
    };
  }

  /** Ends the run early: nothing new starts, what is in flight may finish within the grace time. */
  end(): void {
    this.#ending.begin();
  }

  progress(): GeneratorProgress {
    this.#recorder.tick(this.#clock.now());
    return { requests: this.#recorder.requests, failed: this.#recorder.failed, inFlight: this.#state.inFlight };
  }

  /** Brings its part of the load; to be called once. The transport is closed when it resolves. */
  async run(): Promise<Generated> {
    const { load } = this.#plan;
    const { transport, name } = this.#chosen;
    const schedule = new Schedule({
      pacer: this.#pacer,
      startsAt: this.#clock.now(),
      warmUp: this.#warmUp === undefined ? undefined : { pacer: this.#warmUp, ms: load.warmupMs },
      share: this.#share,
    });
    this.#recorder.begin(schedule.measureFrom, this.#events.onSecond);
    const loop = {
      run: this.#run,
      steps: this.#steps,
      schedule,
      state: this.#state,
      stop: (reason: StopRun): void => {
        this.#events.onStopped(reason.message);
        this.end();
      },
    };
    const wait = new PreciseWait(this.#run);
    const cpuMs = threadCpuMs();
    const startedAt = this.#clock.now();
    let backlog: Backlog | undefined;
    try {
      if (this.#pacer.loop === 'open')
        backlog = await runOpenLoop({
          ...loop,
          maxInFlight: Math.max(1, partOf(load.maxInFlight, this.#share)),
          wait,
          halfwayAt: schedule.measureFrom + (load.durationMs ?? Number.POSITIVE_INFINITY) / 2,
        });
      else
        await runClosedLoop({
          ...loop,
          concurrency: load.concurrency,
          share: this.#share,
          backsOff: load.iterations === undefined,
        });
      const now = this.#clock.now();
      const spentMs = threadCpuMs();
      return {
        snapshot: this.#recorder.snapshot(),
        elapsedMs: Math.max(0, now - schedule.measureFrom),
        cpuMs: cpuMs === undefined || spentMs === undefined ? undefined : spentMs - cpuMs - wait.spunMs,
        wallMs: now - startedAt,
        transport: this.#transportName(name()),
        counters: transport.counters(),
        backlog,
        partial: this.#ending.stopping.aborted,
      };
    } finally {
      await this.dispose();
    }
  }

  /** What has sent: calls need no transport, they have a client of their own. */
  #transportName(http: string): string {
    const { protocols } = this.#plan;
    if (!protocols.has('frames')) return http;
    return protocols.has('http') ? `${http} + frames` : 'frames';
  }

  /** For a generator that never ran, too. */
  async dispose(): Promise<void> {
    this.#ending.cancel();
    await Promise.all(this.#releases.map((release) => release()));
    await this.#chosen.transport[Symbol.asyncDispose]();
  }
}

/** A start is late beyond a millisecond, or beyond a tenth of the interval between starts where that is more. */
function lateAfterMs(ratePerSecond: number | undefined): number {
  return Math.max(1, ratePerSecond === undefined ? 0 : 100 / ratePerSecond);
}
