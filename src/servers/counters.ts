import type { ServerIdentity, ServerStats } from './stats.js';

// One block of shared memory per server:
//
//   gauges   Int32 × 32      written by any thread, with Atomics
//   row 0    Float64 × 16    written by thread 0 only, read by all: no lock, no lost update
//   row 1    Float64 × 16    written by thread 1 only
//   …
//
// A row is two cache lines (128 bytes) of which half is used: wherever the memory begins, no two threads write to the
// same line, and threads which count do not slow each other down. An aligned 64-bit load is never torn on x64 and arm64;
// counts stay exact up to 2^53.
const gaugeCount = 32;
const rowLength = 16;

/** More threads than any server may have: the memory of unused rows is never touched, so costs nothing. */
export const maxThreads = 4096;

const gauge = {
  threads: 0,
  open: 1,
  cpuRunning: 2,
  cpuPeak: 3,
  cpuWaited: 4,
  queueDepth: 5,
  queuePeak: 6,
  rows: 7,
  refused: 8,
  failureSecond: 9,
  failures: 10,
} as const;
const failuresToldPerSecond = 10;

const column = { connections: 0, rejected: 1, requests: 2, bytesReceived: 3, bytesSent: 4, used: 5 } as const;

/** Raises `cells[index]` to `value` when that is higher. */
function raise(cells: Int32Array, index: number, value: number): void {
  for (let seen = Atomics.load(cells, index); value > seen;) {
    const found = Atomics.compareExchange(cells, index, seen, value);
    if (found === seen) return;
    seen = found;
  }
}

/** The counters of one server, one row per thread, in memory that all of its threads share. */
export class Counters {
  readonly memory: SharedArrayBuffer;
  readonly #gauges: Int32Array;
  readonly #rows: Float64Array;

  static allocate(): Counters {
    return new Counters(new SharedArrayBuffer(gaugeCount * 4 + maxThreads * rowLength * 8));
  }

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#gauges = new Int32Array(memory, 0, gaugeCount);
    this.#rows = new Float64Array(memory, gaugeCount * 4);
  }

  /** The row that thread `index` owns from now on. */
  row(index: number): CounterRow {
    raise(this.#gauges, gauge.rows, index + 1);
    const cells = this.#rows.subarray(index * rowLength, (index + 1) * rowLength);
    cells[column.used] = 1;
    return new CounterRow(cells);
  }

  threadStarted(): void {
    Atomics.add(this.#gauges, gauge.threads, 1);
  }

  threadEnded(): void {
    Atomics.sub(this.#gauges, gauge.threads, 1);
  }

  /** Counts a connection in; answers how many are open with it. */
  connectionOpened(): number {
    return Atomics.add(this.#gauges, gauge.open, 1) + 1;
  }

  connectionClosed(): void {
    Atomics.sub(this.#gauges, gauge.open, 1);
  }

  /** Counts a connection that was closed because no thread could be had for it. */
  connectionRefused(): void {
    Atomics.add(this.#gauges, gauge.refused, 1);
  }

  get openConnections(): number {
    return Atomics.load(this.#gauges, gauge.open);
  }

  /** Runs a CPU-bound task and counts it as running meanwhile. */
  runCpuTask(task: () => unknown): unknown {
    raise(this.#gauges, gauge.cpuPeak, Atomics.add(this.#gauges, gauge.cpuRunning, 1) + 1);
    try {
      return task();
    } finally {
      Atomics.sub(this.#gauges, gauge.cpuRunning, 1);
    }
  }

  /** Counts a CPU-bound task that found every slot taken. */
  cpuTaskWaited(): void {
    Atomics.add(this.#gauges, gauge.cpuWaited, 1);
  }

  /**
   * Counts a request on which the application has failed. Ten of a second are worth a line in the log: the answer is
   * how many were not told in the last such second, or `undefined` when this one is not to be told either.
   */
  failureToTell(): number | undefined {
    // Of the wall clock, which all threads share; `performance.now` counts from the start of its thread.
    const second = Math.floor(Date.now() / 1000) | 0;
    const seen = Atomics.load(this.#gauges, gauge.failureSecond);
    if (seen !== second && Atomics.compareExchange(this.#gauges, gauge.failureSecond, seen, second) === seen)
      return Math.max(0, Atomics.exchange(this.#gauges, gauge.failures, 1) - failuresToldPerSecond);
    const failures = Atomics.add(this.#gauges, gauge.failures, 1) + 1;
    return failures <= failuresToldPerSecond ? 0 : undefined;
  }

  /**
   * Notes how many accepted connections wait for a thread. Who adds one and who takes one both say so, so each looks once
   * more when it has: the last word is true.
   */
  queueDepth(depthNow: () => number): void {
    let depth: number;
    do {
      depth = depthNow();
      Atomics.store(this.#gauges, gauge.queueDepth, depth);
      raise(this.#gauges, gauge.queuePeak, depth);
    } while (depthNow() !== depth);
  }

  /** All rows added up. @param row the row of the thread that asks; -1 when it has none */
  stats(server: ServerIdentity, row: number): ServerStats {
    const sums = new Float64Array(rowLength);
    const perThread: number[] = [];
    const end = Atomics.load(this.#gauges, gauge.rows) * rowLength;
    let thread = -1;
    for (let start = 0; start < end; start += rowLength) {
      // Threads that serve no connections, such as acceptors, have no row in use.
      if (this.#rows[start + column.used] !== 1) continue;
      for (let i = 0; i < rowLength; i++) sums[i] = (sums[i] as number) + (this.#rows[start + i] as number);
      if (start === row * rowLength) thread = perThread.length;
      perThread.push(this.#rows[start + column.connections] as number);
    }
    const gauges = this.#gauges;
    const sum = (name: keyof typeof column): number => sums[column[name]] as number;
    const level = (name: keyof typeof gauge): number => Atomics.load(gauges, gauge[name]);
    return {
      architecture: server.architecture,
      protocol: server.protocol,
      // An application may write to what it is given.
      settings: { ...server.settings },
      limits: { ...server.limits },
      threads: level('threads'),
      thread,
      connections: { accepted: sum('connections'), open: level('open'), rejected: sum('rejected') + level('refused') },
      requests: sum('requests'),
      bytes: { received: sum('bytesReceived'), sent: sum('bytesSent') },
      cpuTasks: { running: level('cpuRunning'), peak: level('cpuPeak'), waited: level('cpuWaited') },
      queue: { depth: level('queueDepth'), peak: level('queuePeak') },
      perThread,
    };
  }
}

/** What one thread counts. Only that thread writes it. */
export class CounterRow {
  readonly #cells: Float64Array;

  constructor(cells: Float64Array) {
    this.#cells = cells;
  }

  #add(cell: number, amount: number): void {
    this.#cells[cell] = (this.#cells[cell] as number) + amount;
  }

  connection(): void {
    this.#add(column.connections, 1);
  }

  rejected(): void {
    this.#add(column.rejected, 1);
  }

  request(): void {
    this.#add(column.requests, 1);
  }

  received(bytes: number): void {
    this.#add(column.bytesReceived, bytes);
  }

  sent(bytes: number): void {
    this.#add(column.bytesSent, bytes);
  }
}
