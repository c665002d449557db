import type { RunningServer } from './architecture.js';
import type { Phase } from './phase.js';

/** How long a server may take to end. */
export interface EndingTimes {
  readonly graceMs: number;
  readonly abortMs: number;
  /** The grace time is over and the server has not drained. */
  readonly onLate: () => void;
}

/** Drain within the grace time, then cut; resolves to whether everything has ended. */
export async function drain(
  running: RunningServer,
  phase: Phase,
  { graceMs, abortMs, onLate }: EndingTimes,
): Promise<boolean> {
  phase.enter('draining');
  const drained = running.drain().then(() => true);
  if (await within(drained, graceMs)) return true;
  onLate();
  phase.enter('aborting');
  running.abort();
  return within(drained, abortMs);
}

async function within(done: Promise<boolean>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
