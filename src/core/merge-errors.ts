import type { ErrorCount } from './results.js';

/** Equal errors counted together, the most frequent first. */
export function mergeErrors(errors: readonly ErrorCount[]): ErrorCount[] {
  const merged = new Map<string, ErrorCount>();
  for (const error of errors) {
    const key = `${error.class}\n${error.message}`;
    merged.set(key, { ...error, count: error.count + (merged.get(key)?.count ?? 0) });
  }
  return [...merged.values()].toSorted((a, b) => b.count - a.count);
}
