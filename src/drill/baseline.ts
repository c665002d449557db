import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { UserError } from '../core/errors.js';
import { refuseUnwritable, writeWhole } from '../core/output-file.js';
import type { RequestDone } from './observer.js';
import { unreadable } from '../core/unreadable.js';

/** One request of a stored run: what drill's `--report` writes and `--compare` reads. */
export interface BaselineEntry {
  readonly name: string;
  /** Milliseconds. */
  readonly duration: number;
  /** 520 when no response came. */
  readonly status: number;
}

/** drill's status for a request that got no response. */
const noResponse = 520;

export function baselineEntry({ step, elapsedMs, incoming }: RequestDone): BaselineEntry {
  return { name: step, duration: elapsedMs, status: incoming.kind === 'response' ? incoming.status : noResponse };
}

/** @throws {UserError} when a baseline cannot be written to that place: known before anything is measured */
export function checkBaselinePlace(file: string, cwd: string): void {
  refuseUnwritable(resolve(cwd, file), `cannot write the report '${file}'`);
}

/** @throws {UserError} when it cannot be written */
export function writeBaseline(file: string, cwd: string, entries: readonly BaselineEntry[]): void {
  writeWhole(resolve(cwd, file), stringify(entries));
}

/** @throws {UserError} when it cannot be read or is no report */
export function readBaseline(file: string, cwd: string): readonly BaselineEntry[] {
  let parsed: unknown;
  try {
    parsed = parse(readFileSync(resolve(cwd, file), 'utf8'));
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && 'syscall' in error ? unreadable(error) : 'it is not YAML';
    throw new UserError(`cannot read the report '${file}': ${reason}`, { cause: error });
  }
  if (!Array.isArray(parsed)) throw new UserError(`'${file}' is no report: a list of requests was expected`);
  return parsed.map((entry: Partial<BaselineEntry> | null, index) => {
    if (typeof entry?.duration !== 'number')
      throw new UserError(`'${file}' is no report: 'duration' of request ${index + 1} is not a number`);
    return { name: String(entry.name), duration: entry.duration, status: Number(entry.status) };
  });
}

/** A request that took longer than its entry in the baseline by more than the threshold. */
export interface Slower {
  readonly name: string;
  readonly byMs: number;
}

/**
 * Compares requests with a baseline as they end. As in drill, by position: the i-th request of every iteration
 * with the i-th entry, whatever their names.
 */
export class BaselineComparison {
  readonly #baseline: readonly BaselineEntry[];
  readonly #thresholdMs: number;
  readonly #positions = new Map<number, number>();
  readonly slower: Slower[] = [];
  /** Requests that the baseline has no entry for. */
  unmatched = 0;

  constructor(baseline: readonly BaselineEntry[], thresholdMs: number) {
    this.#baseline = baseline;
    this.#thresholdMs = thresholdMs;
  }

  add(done: RequestDone): void {
    const position = this.#positions.get(done.iteration) ?? 0;
    this.#positions.set(done.iteration, position + 1);
    const entry = this.#baseline[position];
    if (entry === undefined) this.unmatched += 1;
    else if (done.elapsedMs - entry.duration > this.#thresholdMs)
      this.slower.push({ name: done.step, byMs: done.elapsedMs - entry.duration });
  }
}
