import type { Counters } from './counters.js';

// Short answers that are made one right after the other leave together: one system call for all of them.

/** How many bytes of answers may wait for each other: beyond that nothing more is made before some have left. */
export const mostUnsentBytes = 16 * 1024;

/**
 * How many of a connection's leave together at most. A client alone begins with the first ones while the next are made,
 * and neither waits for the other. Where many are served, the thread has enough to do, and few calls serve all best.
 */
export function mostTogether({ openConnections }: Counters): number {
  return Math.max(2, openConnections);
}

/** What took longer to make leaves at once: the system call for it alone is a tenth of that. */
export const longToMakeMs = 0.05;
