import { closeSync, constants, openSync } from 'node:fs';
import { lazyLibc } from '../../src/net/sys/libc.js';

// <asm-generic/ioctls.h>; the same numbers on x64 and arm64.
const TIOCSPTLCK = 0x4004_5431;
const TIOCGPTPEER = 0x5441;

const libc = lazyLibc<{
  readonly ioctlInt: (fd: number, request: number, value: Int32Array) => number;
  readonly ioctl: (fd: number, request: number, flags: number) => number;
}>({
  ioctlInt: 'int ioctl(int fd, unsigned long request, int *value)',
  ioctl: 'int ioctl(int fd, unsigned long request, unsigned long flags)',
});

/** A terminal without a window: `end` is what a program has open, and it is gone once it is closed. */
export class PseudoTerminal {
  readonly end: number;
  readonly #window: number;

  constructor() {
    const flags = constants.O_RDWR | constants.O_NOCTTY;
    this.#window = openSync('/dev/ptmx', flags);
    libc().ioctlInt(this.#window, TIOCSPTLCK, Int32Array.of(0));
    this.end = libc().ioctl(this.#window, TIOCGPTPEER, flags);
  }

  close(): void {
    closeSync(this.end);
    closeSync(this.#window);
  }
}
