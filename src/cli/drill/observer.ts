import type { RequestDone, StepObserver } from '../../drill/observer.js';
import type { Io } from '../io.js';
import type { DrillOptions } from './options.js';

/** Whoever listens to the steps of a run: the lines on standard output, a baseline. Nobody listening costs nothing. */
export async function observerOf(
  talks: boolean,
  baseline: { readonly add: (done: RequestDone) => void } | undefined,
  options: DrillOptions,
  quiet: boolean,
  io: Io,
): Promise<{ readonly observer?: StepObserver }> {
  const { stepLines, silent } = await import('./step-lines.js');
  const lines = talks
    ? stepLines(io.stdout, {
        quiet,
        verbose: options.verbose ?? false,
        nanoseconds: options.nanosec ?? false,
      })
    : undefined;
  if (baseline === undefined) return lines === undefined ? {} : { observer: lines };
  const { request } = lines ?? silent;
  return {
    observer: {
      ...(lines ?? silent),
      request: (done) => {
        request(done);
        baseline.add(done);
      },
    },
  };
}
