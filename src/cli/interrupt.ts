import { ExitCode } from '../core/errors.js';
import type { Io, Signal } from './io.js';

export const signalExitCodes: Readonly<Record<Signal, ExitCode>> = {
  SIGINT: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
  SIGHUP: ExitCode.hungUp,
};

/** A key that is held, or a signal to the whole group that also a wrapper passes on, comes more than once. */
const sameSignalMs = 300;

/**
 * Calls `handler` for each signal that somebody meant, until the returned function is called: what comes soon after
 * another is the same one.
 */
export function onIntendedSignal(io: Io, handler: (signal: Signal) => void): () => void {
  let signalledAt = Number.NEGATIVE_INFINITY;
  return io.onSignal((signal) => {
    const now = io.clock.now();
    if (now - signalledAt < sameSignalMs) return;
    signalledAt = now;
    handler(signal);
  });
}

/**
 * Runs `work` with an abort signal that the first signal raises, so that it ends early and keeps what it has; the
 * second leaves the program at once (its server processes notice and end). That holds after `work` too, once
 * there was a signal: what it has kept is still to be delivered, and a repeat shall not cut that.
 *
 * @returns what `work` made, and the exit code for the signal when one came
 */
export async function interruptible<T>(
  io: Io,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly result: T; readonly exitCode?: ExitCode }> {
  const abort = new AbortController();
  let exitCode: ExitCode | undefined;
  const stopListening = onIntendedSignal(io, (signal) => {
    if (exitCode !== undefined) io.exitNow(signalExitCodes[signal]);
    exitCode = signalExitCodes[signal];
    abort.abort();
  });
  try {
    const result = await work(abort.signal);
    return exitCode === undefined ? { result } : { result, exitCode };
  } finally {
    if (exitCode === undefined) stopListening();
  }
}
