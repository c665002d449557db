import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Frees what the calling thread has allocated lately and forgotten, in a few milliseconds; what has survived longer is
 * left alone (V8's minor collection). Where another thread takes the flag away in that moment, nothing is collected.
 */
export function collectYoungGarbage(): void {
  const collect = globalThis.gc ?? hiddenGc();
  collect?.({ type: 'minor' });
}

/** `gc` as Node offers it with `--expose-gc` alone: a flag that only new contexts look at. */
function hiddenGc(): typeof globalThis.gc {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('globalThis.gc') as typeof globalThis.gc;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
