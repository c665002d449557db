import { type ServerProcess, type ServerProcessOptions, startServerProcess } from '../servers/server-process.js';

/**
 * Starts a server to be driven. Aborting ends only the start: later the server has to answer what is in flight when the
 * run is interrupted, and whoever drives it closes it then.
 * @throws {UserError} as `startServerProcess` does; the signal's reason when it is aborted
 */
export async function startServerForRun(
  options: Omit<ServerProcessOptions, 'signal'>,
  signal: AbortSignal,
): Promise<ServerProcess> {
  signal.throwIfAborted();
  const starting = new AbortController();
  const giveUp = (): void => starting.abort(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await startServerProcess({ ...options, signal: starting.signal });
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
