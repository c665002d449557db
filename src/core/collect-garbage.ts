import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Frees what the calling thread has allocated lately and forgotten, in a few milliseconds; what has survived longer is
 * left alone (V8's minor collection). Where another thread takes the flag away in that moment, nothing is collected.
 */
export function collectYoungGarbage(): void {
  const collect = gcOfNewContext() ?? hiddenGc();
  collect?.({ type: 'minor' });
}

/** There with `--expose-gc` alone, a flag that new contexts look at. That of this context may be an application's. */
function gcOfNewContext(): typeof globalThis.gc {
  return runInNewContext('globalThis.gc') as typeof globalThis.gc;
}

function hiddenGc(): typeof globalThis.gc {
  setFlagsFromString('--expose-gc');
  try {
    return gcOfNewContext();
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
