import { constants } from 'node:os';
import { lastErrno } from './libc.js';

export const {
  EADDRINUSE,
  EAGAIN,
  EBADF,
  EBUSY,
  ECANCELED,
  ECONNABORTED,
  ECONNREFUSED,
  ECONNRESET,
  EINPROGRESS,
  EINTR,
  EINVAL,
  EMFILE,
  ENFILE,
  ENOBUFS,
  ENOSYS,
  ENOTCONN,
  EPERM,
  EPIPE,
  ETIME,
  ETIMEDOUT,
} = constants.errno;

const names = new Map<number, string>();
for (const [name, errno] of Object.entries(constants.errno)) {
  // Some numbers have two names (EAGAIN, EWOULDBLOCK); the table lists the usual one first.
  if (!names.has(errno)) names.set(errno, name);
}

/** `EMFILE` for 24. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}

/** A system call failed where no failure is part of the plan: `accept4: EMFILE (24)`. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError';
  /** Name of the call: `accept4`. */
  readonly call: string;
  /** Name of the error: `EMFILE`. */
  readonly code: string;
  readonly errno: number;

  constructor(call: string, errno: number) {
    super(`${call}: ${errnoName(errno)} (${errno})`);
    this.call = call;
    this.code = errnoName(errno);
    this.errno = errno;
  }
}

/** The result of a C call as the hot paths pass it on: `-errno` where C says -1. Allocates nothing. */
export function resultOrErrno(result: number): number {
  return result === -1 ? -lastErrno() : result;
}

/**
 * The result of a set-up call that is not expected to fail.
 * @throws {SyscallError} where C says -1
 */
export function resultOrThrow(call: string, result: number): number {
  if (result === -1) throw new SyscallError(call, lastErrno());
  return result;
}
