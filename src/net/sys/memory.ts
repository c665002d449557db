import { SyscallError } from './errno.js';
import { lastErrno, lazyLibc, loadKoffi } from './libc.js';

interface Functions {
  readonly mmap: (
    address: null,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => bigint | number;
  readonly munmap: (address: bigint, length: number) => number;
}

const libc = lazyLibc<Functions>({
  mmap: 'intptr_t mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)',
  munmap: 'int munmap(intptr_t address, size_t length)',
});

const PROT_READ_WRITE = 3;
const MAP_SHARED_POPULATE = 0x8001;

/** Memory that the kernel shares with this process. Must not be touched after `unmap`. */
export interface Mapping {
  readonly memory: ArrayBuffer;
  readonly unmap: () => void;
}

/** Maps a part of what a descriptor stands for. @throws {SyscallError} */
export function mapShared(fd: number, length: number, offset: number): Mapping {
  const address = BigInt(libc().mmap(null, length, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset));
  if (address === -1n) throw new SyscallError('mmap', lastErrno());
  return {
    memory: loadKoffi().view(address, length),
    unmap: () => void libc().munmap(address, length),
  };
}

/**
 * Where the bytes of a buffer stand, for calls that use them after they have returned. The address holds as long as
 * the buffer lives: whoever hands it out keeps the buffer until the kernel is done. Addresses are below 2^53.
 */
export function addressOf(buffer: ArrayBufferView): number {
  return Number(loadKoffi().address(buffer));
}
