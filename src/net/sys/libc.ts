import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';

const require = createRequire(import.meta.url);

let koffi: typeof Koffi | undefined;
let libc: Koffi.LibraryHandle | undefined;

/**
 * koffi, loaded at the first call: importing this module costs nothing and cannot fail.
 * @throws when there is no koffi binary for this platform
 */
export function loadKoffi(): typeof Koffi {
  koffi ??= require('koffi') as typeof Koffi;
  return koffi;
}

/**
 * A group of C functions, given as their C declarations and looked up when the group is first used.
 *
 * ```ts
 * const libc = lazyLibc<{ readonly close: (fd: number) => number }>({ close: 'int close(int fd)' });
 * libc().close(3);
 * ```
 * `ssize_t` is not a name koffi knows: say `int64_t`. A typed array passes as `void *` without copying.
 */
export function lazyLibc<Functions>(declarations: Readonly<Record<keyof Functions, string>>): () => Functions {
  let functions: Functions | undefined;
  return () => (functions ??= lookUp(declarations));
}

function lookUp<Functions>(declarations: Readonly<Record<keyof Functions, string>>): Functions {
  // The program that runs us has libc loaded; its own symbols (`null`) hold it on glibc and musl alike.
  libc ??= loadKoffi().load(null);
  const functions: Partial<Record<keyof Functions, unknown>> = {};
  for (const name of Object.keys(declarations) as (keyof Functions)[]) functions[name] = libc.func(declarations[name]);
  return functions as Functions;
}

/** `errno` of the calling thread: valid right after a C function reported failure. */
export function lastErrno(): number {
  return loadKoffi().errno();
}
