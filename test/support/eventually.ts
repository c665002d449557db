import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Looks again and again until `look` gives something that is neither `undefined` nor false. Waits for what has to
 * happen, not for a time to pass; the bound only turns "never" into a message.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T> | T,
  boundMs = 30_000,
): Promise<Exclude<T, undefined | false>> {
  const until = performance.now() + boundMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
    if (performance.now() > until) throw new Error(`did not happen in ${boundMs} ms: ${what}`);
    await sleep(5);
  }
}
