import type { Candidate } from '../../compare/candidate.js';
import { compare } from '../../compare/compare.js';
import type { Progress } from '../../compare/rounds.js';
import type { CompareReport } from '../../core/results.js';
import { formatCount } from '../../core/units.js';
import type { Io } from '../io.js';
import type { LiveLine } from '../live-line.js';
import type { Bench } from './bench.js';

export interface ComparisonOptions {
  readonly candidates: readonly Candidate[];
  readonly rounds: number;
  readonly leastRounds: number;
  readonly maxTimeMs: number | undefined;
  readonly warmupMs: number;
  readonly seed: number;
  readonly self?: boolean;
  readonly baseline?: string | undefined;
}

/** Drives candidates of a bench in rounds, with a progress line where there is a terminal. */
export async function runComparison(
  bench: Bench,
  { maxTimeMs, baseline, candidates, ...options }: ComparisonOptions,
  { io, live, signal }: { readonly io: Io; readonly live: LiveLine; readonly signal: AbortSignal },
): Promise<CompareReport> {
  try {
    return await compare(candidates, bench.drive, {
      ...options,
      ...(maxTimeMs === undefined ? {} : { maxTimeMs }),
      ...(baseline === undefined ? {} : { baseline }),
      clock: io.clock,
      processes: bench.processes,
      signal,
      onProgress: (progress) => live.show(progressLine(progress), lastRate(progress)),
      plan: bench.planReference,
      argv: io.argv,
      environment: bench.environment,
      startedAt: new Date().toISOString(),
      skipped: bench.skipped,
    });
  } finally {
    live.clear();
  }
}

/** `round 2/3 ━━━━━───── pooled: measuring` */
function progressLine({ round, rounds, done, total, candidate, stage }: Progress): string {
  const width = 20;
  const filled = Math.round((done / total) * width);
  const bar = `${'━'.repeat(filled)}${'─'.repeat(width - filled)}`;
  return `round ${round}/${rounds} ${bar} ${candidate}: ${stage}`;
}

/** `   event-loop had 12.3 k requests/s` */
function lastRate({ last }: Progress): string {
  return last === undefined ? '' : `   ${last.candidate} had ${formatCount(last.rps)} requests/s`;
}
