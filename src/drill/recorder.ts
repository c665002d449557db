import { encodeHistogram, LatencyCounts } from '../core/histogram.js';
import type { ErrorClass, ErrorCount } from '../core/results.js';
import type { OnSecond } from './series.js';

/** Distinct messages kept for each step name; further ones are counted together. */
const maxMessages = 100;

/** Step names with times of their own, each a few hundred KiB; further ones are measured together. */
const maxGroups = 1000;

/** The name that those are reported under. */
const otherSteps = '(other steps)';

/** What was measured of one step name. Samples are recorded without allocating anything. */
class Group {
  readonly name: string;
  ok = 0;
  failed = 0;
  bytesReceived = 0;
  late = 0;
  checksPassed = 0;
  checksFailed = 0;
  readonly latency = new LatencyCounts();
  readonly headersLatency = new LatencyCounts();
  // Made when first needed: most steps never fail, and most loops are closed.
  failedLatency: LatencyCounts | undefined;
  service: LatencyCounts | undefined;
  lateness: LatencyCounts | undefined;
  readonly errors = new Map<string, { class: ErrorClass; message: string; count: number }>();

  constructor(name: string) {
    this.name = name;
  }

  countError(errorClass: ErrorClass, message: string): void {
    const known = this.errors.get(`${errorClass} ${message}`);
    if (known !== undefined) known.count += 1;
    else if (this.errors.size < maxMessages)
      this.errors.set(`${errorClass} ${message}`, { class: errorClass, message, count: 1 });
    else if (message !== 'other messages') this.countError(errorClass, 'other messages');
  }

  snapshot(): GroupSnapshot {
    return {
      name: this.name,
      ok: this.ok,
      failed: this.failed,
      bytesReceived: this.bytesReceived,
      late: this.late,
      checksPassed: this.checksPassed,
      checksFailed: this.checksFailed,
      latency: encode(this.latency),
      failedLatency: encode(this.failedLatency),
      headersLatency: encode(this.headersLatency),
      service: encode(this.service),
      lateness: encode(this.lateness),
      errors: [...this.errors.values()].map((error) => ({ ...error })),
    };
  }
}

function encode(counts: LatencyCounts | undefined): string {
  return counts === undefined || counts.total === 0 ? '' : encodeHistogram(counts.toHistogram());
}

/** What one recorder knows of one step name: plain, and mergeable by adding counts. Histograms are encoded; '' is empty. */
export interface GroupSnapshot {
  readonly name: string;
  readonly ok: number;
  readonly failed: number;
  readonly bytesReceived: number;
  readonly late: number;
  readonly checksPassed: number;
  readonly checksFailed: number;
  readonly latency: string;
  readonly failedLatency: string;
  readonly headersLatency: string;
  readonly service: string;
  readonly lateness: string;
  readonly errors: readonly ErrorCount[];
}

export interface RecorderSnapshot {
  readonly groups: readonly GroupSnapshot[];
  /** Times of whole iterations. */
  readonly scenarios: string;
  /** Iterations that ran to their end. */
  readonly iterations: number;
  readonly warmupRequests: number;
  readonly dropped: number;
}

/**
 * Counts and times of one run on one thread, in constant memory. All times are milliseconds of the run's clock.
 *
 *     due ──lateness── sent ──headers── headersAt ──────── done
 *      └──────────────── latency (response time) ───────────┘
 *                        └────────── service ───────────────┘
 */
export class Recorder {
  readonly #groups: Group[] = [];
  readonly #groupIndexes = new Map<string, number>();
  readonly #lateAfterMs: number | undefined;
  readonly #scenarios = new LatencyCounts();
  readonly #second = new LatencyCounts();
  #onSecond: OnSecond = () => undefined;
  #measureFrom = 0;
  #secondFailed = 0;
  #secondEndsAt = 1000;
  #requests = 0;
  #failed = 0;
  #warmupRequests = 0;
  #refusedInARow = 0;
  #dropped = 0;

  /** @param lateAfterMs open loop: a request that starts so much after it was due is counted as late */
  constructor(lateAfterMs?: number) {
    this.#lateAfterMs = lateAfterMs;
  }

  /**
   * The run begins.
   * @param measureFrom what was due before this moment is the warm-up
   * @param onSecond is given each second when it has ended
   */
  begin(measureFrom: number, onSecond: OnSecond): void {
    this.#measureFrom = measureFrom;
    this.#secondEndsAt = measureFrom + 1000;
    this.#onSecond = onSecond;
  }

  /** The number under which samples of a step name are recorded. Equal names share one, and so do very many. */
  group(name: string): number {
    const known = this.#groupIndexes.get(name);
    if (known !== undefined) return known;
    if (this.#groups.length >= maxGroups && name !== otherSteps) return this.group(otherSteps);
    const index = this.#groups.push(new Group(name)) - 1;
    this.#groupIndexes.set(name, index);
    return index;
  }

  /** Requests recorded so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Requests without a connection since the last one that had one. */
  get refusedInARow(): number {
    return this.#refusedInARow;
  }

  get failed(): number {
    return this.#failed;
  }

  success(groupIndex: number, dueAt: number, sentAt: number, headersAt: number, doneAt: number, bytes: number): void {
    this.#refusedInARow = 0;
    if (dueAt < this.#measureFrom) {
      this.#warmupRequests += 1;
      return;
    }
    const group = this.#groups[groupIndex] as Group;
    const latencyUs = (doneAt - dueAt) * 1000;
    group.ok += 1;
    group.bytesReceived += bytes;
    group.latency.record(latencyUs);
    group.headersLatency.record((headersAt - sentAt) * 1000);
    if (this.#lateAfterMs !== undefined) {
      group.service ??= new LatencyCounts();
      group.service.record((doneAt - sentAt) * 1000);
    }
    this.#requests += 1;
    this.#count(group, dueAt, sentAt, doneAt, latencyUs);
  }

  failure(
    groupIndex: number,
    errorClass: ErrorClass,
    message: string,
    dueAt: number,
    sentAt: number,
    doneAt: number,
    bytes: number,
  ): void {
    this.#refusedInARow = errorClass === 'connect' ? this.#refusedInARow + 1 : 0;
    if (dueAt < this.#measureFrom) {
      this.#warmupRequests += 1;
      return;
    }
    const group = this.#groups[groupIndex] as Group;
    const latencyUs = (doneAt - dueAt) * 1000;
    group.failed += 1;
    group.bytesReceived += bytes;
    group.failedLatency ??= new LatencyCounts();
    group.failedLatency.record(latencyUs);
    group.countError(errorClass, message);
    this.#requests += 1;
    this.#failed += 1;
    this.#secondFailed += 1;
    this.#count(group, dueAt, sentAt, doneAt, latencyUs);
  }

  /** A whole iteration has ended. */
  scenario(startedAt: number, doneAt: number): void {
    if (startedAt >= this.#measureFrom) this.#scenarios.record((doneAt - startedAt) * 1000);
  }

  /** Open loop: an iteration that was due could not be started, because too many were on their way. */
  dropped(dueAt: number): void {
    if (dueAt >= this.#measureFrom) this.#dropped += 1;
  }

  /**
   * An assert or check did not hold, and the run goes on. Counts beside the requests, which are what they were.
   * @param dueAt when the request was that it looks at: with it, it is part of the warm-up or not
   */
  checkFailed(groupIndex: number, errorClass: 'assert' | 'check', message: string, dueAt: number): void {
    if (dueAt < this.#measureFrom) return;
    const group = this.#groups[groupIndex] as Group;
    group.checksFailed += 1;
    group.countError(errorClass, message);
  }

  /** @param dueAt when their request was */
  checksPassed(groupIndex: number, count: number, dueAt: number): void {
    if (dueAt >= this.#measureFrom) (this.#groups[groupIndex] as Group).checksPassed += count;
  }

  #count(group: Group, dueAt: number, sentAt: number, doneAt: number, latencyUs: number): void {
    if (this.#lateAfterMs !== undefined) {
      group.lateness ??= new LatencyCounts();
      // Only the first request of an iteration is due at a time of its own; the others follow the one before.
      if (sentAt !== dueAt) group.lateness.record((sentAt - dueAt) * 1000);
      if (sentAt - dueAt > this.#lateAfterMs) group.late += 1;
    }
    if (doneAt >= this.#secondEndsAt) this.#closeSeconds(doneAt);
    this.#second.record(latencyUs);
  }

  /** Tells of every second that has ended before `now`, empty ones too. */
  #closeSeconds(now: number): void {
    while (now >= this.#secondEndsAt) {
      const second = Math.round((this.#secondEndsAt - this.#measureFrom) / 1000) - 1;
      this.#onSecond(second, this.#secondFailed, this.#second.toHistogram());
      this.#second.reset();
      this.#secondFailed = 0;
      this.#secondEndsAt += 1000;
    }
  }

  /** Time goes on, even when nothing is recorded. */
  tick(now: number): void {
    if (now >= this.#secondEndsAt) this.#closeSeconds(now);
  }

  snapshot(): RecorderSnapshot {
    if (this.#second.total > 0) this.#closeSeconds(this.#secondEndsAt);
    return {
      groups: this.#groups.map((group) => group.snapshot()),
      scenarios: encode(this.#scenarios),
      iterations: this.#scenarios.total,
      warmupRequests: this.#warmupRequests,
      dropped: this.#dropped,
    };
  }
}
