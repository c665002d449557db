import { readFileSync } from 'node:fs';
import type { Future } from './future.js';

/** Begins to read a file. @param wake is called when polling again is worth it */
export type ReadFile = (path: string, wake: () => void) => Future<Uint8Array>;

/** Linux has no readiness of files: this blocks the thread, for as long as the page cache needs. */
export function readFileBlocking(path: string): Future<Uint8Array> {
  const bytes = readFileSync(path);
  return { poll: () => bytes };
}
