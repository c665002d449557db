import { formatCount, formatDurationUs, plural } from '../core/units.js';
import type { RunProgress } from '../drill/run-plan.js';
import type { Io } from './io.js';
import { LiveLine } from './live-line.js';

/** Shows on stderr how far a run is, once a second. */
export interface ProgressView {
  readonly show: (progress: RunProgress) => void;
  /** Leaves nothing behind. */
  readonly clear: () => void;
}

/**
 * On a terminal one line that is written over and is gone when the run is done; elsewhere nothing, or, when `asked`
 * for, a line a second.
 */
export function progressView(io: Io, asked: boolean): ProgressView | undefined {
  if (io.stderr.isTerminal) {
    const line = new LiveLine(io.stderr);
    return { show: (progress) => line.show(progressText(progress)), clear: () => line.clear() };
  }
  if (!asked) return undefined;
  return { show: (progress) => io.stderr.write(`${progressText(progress)}\n`), clear: () => undefined };
}

function progressText({ elapsedMs, requests, failed, inFlight, second, isWarmingUp }: RunProgress): string {
  const parts = [
    formatDurationUs(Math.round(elapsedMs / 1000) * 1e6),
    isWarmingUp ? 'warming up' : `${formatCount(requests)} ${plural(requests, 'request')}`,
    ...(second === undefined
      ? []
      : [
          `${formatCount(second.requests)}/s`,
          `p50 ${formatDurationUs(second.p50Us)}`,
          `p99 ${formatDurationUs(second.p99Us)}`,
        ]),
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    `${formatCount(inFlight)} in flight`,
  ];
  return parts.join(' · ');
}
