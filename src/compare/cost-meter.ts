import type { Clock } from '../core/clock.js';
import type { ServerCost } from '../core/results.js';
import { dividedCpuTime } from './divided-cpu-time.js';
import {
  type ProcessSource,
  type TreeReading,
  countThreads,
  processTree,
  readCounters,
  readSwitches,
} from './process-tree.js';

/** How often living threads are counted, and their context switches read. */
const threadsEveryMs = 50;
const switchesEveryMs = 1000;

type Switches = ReturnType<typeof readSwitches>;

/**
 * Counts what a server and its descendants cost between `start` and `stop`: a reading before, one after, and
 * samples between for what the kernel keeps no peak of (threads) or forgets (switches of ended threads).
 */
export class CostMeter {
  readonly #pid: number;
  readonly #source: ProcessSource;
  readonly #before: TreeReading;
  readonly #switchesBefore: Switches;
  readonly #switches: Switches;
  readonly #stopped = new AbortController();
  #pids: readonly number[];
  #peakThreads: number;

  private constructor(pid: number, source: ProcessSource, pids: readonly number[], before: TreeReading) {
    this.#pid = pid;
    this.#source = source;
    this.#pids = pids;
    this.#before = before;
    this.#peakThreads = before.threads;
    this.#switchesBefore = readSwitches(pids, source.proc);
    this.#switches = new Map(this.#switchesBefore);
  }

  /** `undefined` where there is no `/proc`, or no such process. */
  static start(pid: number, clock: Clock, source: ProcessSource = { proc: '/proc' }): CostMeter | undefined {
    try {
      const pids = processTree(pid, source.proc);
      const before = readCounters(pids, source);
      if (before === undefined) return undefined;
      const meter = new CostMeter(pid, source, pids, before);
      void meter.#sample(clock);
      return meter;
    } catch {
      return undefined;
    }
  }

  /** The cost of each of `requests` requests since `start`; `undefined` when the server has ended meanwhile. */
  stop(requests: number): ServerCost | undefined {
    this.cancel();
    this.#pids = processTree(this.#pid, this.#source.proc);
    const after = readCounters(this.#pids, this.#source);
    if (after === undefined) return undefined;
    this.#readSwitches();
    const each = Math.max(1, requests);
    const since = (of: (reading: TreeReading) => number): number => Math.max(0, of(after) - of(this.#before));
    const voluntary = this.#switchesSince((thread) => thread.voluntary);
    const involuntary = this.#switchesSince((thread) => thread.involuntary);
    return {
      ...dividedCpuTime(
        since((reading) => reading.cpuUs) / each,
        since((reading) => reading.userUs),
        since((reading) => reading.systemUs),
      ),
      peakRssBytes: after.peakRssBytes,
      peakThreads: Math.max(this.#peakThreads, after.threads),
      voluntarySwitchesPerRequest: voluntary / each,
      involuntarySwitchesPerRequest: involuntary / each,
      ...(after.ioCalls === undefined || this.#before.ioCalls === undefined
        ? {}
        : { ioCallsPerRequest: Math.max(0, after.ioCalls - this.#before.ioCalls) / each }),
    };
  }

  /** Ends the sampling, for when nobody wants to know any more. */
  cancel(): void {
    this.#stopped.abort();
  }

  async #sample(clock: Clock): Promise<void> {
    const { signal } = this.#stopped;
    let switchesAt = clock.now() + switchesEveryMs;
    try {
      for (;;) {
        await clock.sleep(threadsEveryMs, signal);
        this.#peakThreads = Math.max(this.#peakThreads, countThreads(this.#pids, this.#source.proc));
        if (clock.now() < switchesAt) continue;
        switchesAt = clock.now() + switchesEveryMs;
        this.#pids = processTree(this.#pid, this.#source.proc);
        this.#readSwitches();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #readSwitches(): void {
    for (const [thread, count] of readSwitches(this.#pids, this.#source.proc)) this.#switches.set(thread, count);
  }

  #switchesSince(of: (thread: { readonly voluntary: number; readonly involuntary: number }) => number): number {
    let total = 0;
    for (const [thread, count] of this.#switches) {
      const before = this.#switchesBefore.get(thread);
      total += of(count) - (before === undefined ? 0 : of(before));
    }
    return total;
  }
}
