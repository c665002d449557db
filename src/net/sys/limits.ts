import { resultOrThrow } from './errno.js';
import { lazyLibc } from './libc.js';

// <sys/resource.h>; the same number on x64 and arm64, where rlim_t has 64 bits.
const RLIMIT_NOFILE = 7;

interface Functions {
  readonly getrlimit: (resource: number, limits: BigUint64Array) => number;
}

const libc = lazyLibc<Functions>({ getrlimit: 'int getrlimit(int resource, void *limits)' });

/** How many descriptors this process may have open at once (the soft limit of `ulimit -n`). */
export function descriptorLimit(): number {
  const softAndHard = new BigUint64Array(2);
  resultOrThrow('getrlimit', libc().getrlimit(RLIMIT_NOFILE, softAndHard));
  return Number(softAndHard[0]);
}
