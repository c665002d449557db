import { answeredPerSecond } from '../core/answered.js';
import type { Clock } from '../core/clock.js';
import { ExitCode, UserError } from '../core/errors.js';
import type { Candidate, Drive, RunningCandidate } from './candidate.js';
import { measurePaceMs } from './machine-pace.js';
import { type Measured, measure } from './measure.js';
import type { ProcessSource } from './process-tree.js';
import { seededRandom, shuffled } from './random.js';

/** What one candidate did in one round. */
export interface Drilled extends Measured {
  readonly round: number;
  /** 1 for who was driven first in the round. */
  readonly turn: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** The machine's pace right before: see machine-pace.ts. */
  readonly paceMs: number;
}

/** Where a comparison stands, for the progress line. */
export interface Progress {
  readonly round: number;
  /** How many there will be, as far as can be told. */
  readonly rounds: number;
  readonly candidate: string;
  readonly stage: 'starting' | 'warming up' | 'measuring';
  /** Drives that are over, of `rounds` times the number of candidates. */
  readonly done: number;
  readonly total: number;
  /** The last measured rate, for the eye. */
  readonly last?: { readonly candidate: string; readonly rps: number };
}

export interface RoundOptions {
  /** The most; `maxTimeMs` may allow fewer. */
  readonly rounds: number;
  /** No further round begins when it would end later than this; there are always `leastRounds`. */
  readonly maxTimeMs?: number;
  readonly leastRounds?: number;
  readonly seed: number;
  /** Each server is driven this long before it counts: code is compiled, caches and connections are warm. */
  readonly warmupMs: number;
  readonly clock: Clock;
  /** Where the cost of servers is read. */
  readonly processes?: ProcessSource;
  /** Ends the comparison; what was measured until then is kept. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What the rounds brought. */
export interface Rounds {
  /** What each candidate did, by id, in the order of the candidates; shorter than asked for when it ended early. */
  readonly drilled: ReadonlyMap<string, readonly Drilled[]>;
  /** Why it ended before its end, when nobody interrupted it. */
  readonly stopped?: string;
}

/**
 * Drives every candidate once a round, in a new random order each time, each on a freshly started server that is
 * alone on the machine:
 *
 *     round 1   b c a        A machine that slows down for a minute slows down all of them a little,
 *     round 2   a c b        instead of one of them a lot. (All of A and then all of B: false alarms
 *     round 3   c a b        in 4 of 5 runs with identical servers; interleaved in 0 of 5.)
 *
 * A server that does not start, or a plan that stops its run, ends the comparison; what was measured is kept.
 * @throws {UserError} when that happens before anything was measured
 */
export async function runRounds(
  candidates: readonly Candidate[],
  drive: Drive,
  options: RoundOptions,
): Promise<Rounds> {
  const { signal, clock } = options;
  const random = seededRandom(options.seed);
  const results = new Map<string, Drilled[]>(candidates.map(({ id }) => [id, []]));
  measurePaceMs(clock); // compiles it
  const startedAt = clock.now();
  let rounds = roundsThatFit(options, 0, 0);
  let longestRoundMs = 0;
  let done = 0;
  let last: Progress['last'] | undefined;

  for (let round = 1; round <= rounds && !signal.aborted; round++) {
    const roundAt = clock.now();
    for (const [place, candidate] of shuffled(candidates, random).entries()) {
      if (signal.aborted) break;
      const progress = (stage: Progress['stage']): void =>
        options.onProgress?.({
          round,
          rounds,
          candidate: candidate.id,
          stage,
          done,
          total: rounds * candidates.length,
          ...(last === undefined ? {} : { last }),
        });
      const drilled = await drillOrStop(candidate, drive, { round, turn: place + 1 }, progress, options);
      if (drilled === undefined) break;
      if ('stopped' in drilled) {
        if (done === 0) throw new UserError(drilled.stopped, { exitCode: ExitCode.runFailed });
        return { drilled: wholeRounds(results), stopped: drilled.stopped };
      }
      const own = results.get(candidate.id) as Drilled[];
      // Half a round says nothing beside whole ones; it is better than nothing at all.
      if (!signal.aborted || (own.length === 0 && drilled.report.total.requests > 0)) own.push(drilled);
      done += 1;
      last = { candidate: candidate.id, rps: answeredPerSecond(drilled.report.total) };
    }
    longestRoundMs = Math.max(longestRoundMs, clock.now() - roundAt);
    const leftMs = (options.maxTimeMs ?? Infinity) - (clock.now() - startedAt);
    rounds = roundsThatFit(options, round, leftMs / longestRoundMs);
  }
  return { drilled: wholeRounds(results) };
}

/** Without the beginning of a round that was cut off, unless there is nothing else. */
function wholeRounds(results: ReadonlyMap<string, Drilled[]>): ReadonlyMap<string, Drilled[]> {
  const whole = Math.min(...[...results.values()].map((drilled) => drilled.length));
  return whole === 0 ? results : new Map([...results].map(([id, drilled]) => [id, drilled.slice(0, whole)]));
}

/** @param more how many rounds fit into the time that is left, were each as long as the longest so far */
function roundsThatFit({ rounds, leastRounds = 1, maxTimeMs }: RoundOptions, done: number, more: number): number {
  const fitting = maxTimeMs === undefined ? rounds : done + Math.max(0, Math.floor(more));
  return Math.min(rounds, Math.max(leastRounds, fitting));
}

/** What a user can mend (a server that does not start, a plan that stops) as a sentence instead of an exception. */
async function drillOrStop(
  ...[candidate, drive, when, progress, options]: Parameters<typeof drillOnce>
): Promise<Drilled | { readonly stopped: string } | undefined> {
  try {
    const drilled = await drillOnce(candidate, drive, when, progress, options);
    const stopped = drilled?.report.stopped;
    return stopped === undefined ? drilled : { stopped: `${candidate.id}, round ${when.round}: ${stopped}` };
  } catch (error) {
    if (error instanceof UserError && when.round > 1)
      return { stopped: `${candidate.id}, round ${when.round}: ${error.message}` };
    throw error;
  }
}

/** Starts, measures and ends one candidate; `undefined` when aborted before it had started. */
async function drillOnce(
  candidate: Candidate,
  drive: Drive,
  when: Pick<Drilled, 'round' | 'turn'>,
  progress: (stage: Progress['stage']) => void,
  options: RoundOptions,
): Promise<Drilled | undefined> {
  progress('starting');
  const server = await startUnlessAborted(candidate, options.signal);
  if (server === undefined) return undefined;
  try {
    if (options.signal.aborted) return undefined;
    const paceMs = measurePaceMs(options.clock);
    progress('warming up');
    const measured = await measure(server, drive, { ...options, onMeasuring: () => progress('measuring') });
    return { ...when, settings: server.settings, paceMs, ...measured };
  } finally {
    await server.close();
  }
}

/** A start that fails because the user said stop is no failure. */
async function startUnlessAborted(candidate: Candidate, signal: AbortSignal): Promise<RunningCandidate | undefined> {
  try {
    return await candidate.start(signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
