import { getSystemErrorMap } from 'node:util';
import { checkFileSize } from '../../core/file-size.js';
import { addressOf } from './memory.js';
import { UringOp } from './uring.js';

// <fcntl.h>, <linux/stat.h>; the same numbers on x64 and arm64. These operations are older (Linux 5.6) than what is
// needed of the rings: where there is a ring, there they are.
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const O_CLOEXEC = 0x8_0000;
const STATX_SIZE = 0x200;
const statxBytes = 256;
const statxSizeAt = 40;

/** Most files that are served are smaller: for them one read finds the bytes, and the next one the end. */
const firstBytes = 16 * 1024;
/** What is in the page cache is copied by the thread that asks for it: so much before others have their turn. */
const readBytes = 512 * 1024;

/** An operation of io_uring on a file; what it does not say is 0. */
export interface FileOperation {
  /** One of `UringOp`. */
  readonly op: number;
  readonly fd: number;
  /** What the kernel reads or writes, from `from` on: kept by whoever queues the operation until it is completed. */
  readonly memory?: Uint8Array;
  readonly from?: number;
  readonly length?: number;
  readonly offset?: number;
  readonly opFlags?: number;
}

/** A coroutine of operations: it yields each, is resumed with its result, and must be run to its end. */
export type FileSteps<T> = Generator<FileOperation, T, number>;

/**
 * Reads a file to its end: open, read again and again, close.
 * @throws what `readFileSync` throws
 */
export function* readFileSteps(path: string): FileSteps<Uint8Array> {
  if (path.includes('\0')) {
    const withNull = new TypeError(`the path of a file has no null bytes, found ${JSON.stringify(path)}`);
    throw Object.assign(withNull, { code: 'ERR_INVALID_ARG_VALUE' });
  }
  const memory = Buffer.from(`${path}\0`);
  const fd = resultOf(yield { op: UringOp.open, fd: AT_FDCWD, memory, opFlags: O_CLOEXEC }, 'open', path);
  try {
    return yield* readToEnd(fd);
  } finally {
    yield { op: UringOp.close, fd };
  }
}

function* readToEnd(fd: number): FileSteps<Uint8Array> {
  let memory = Buffer.allocUnsafeSlow(firstBytes);
  for (let end = 0; ;) {
    const length = Math.min(memory.length - end, readBytes);
    const count = resultOf(yield { op: UringOp.read, fd, memory, from: end, length, offset: end }, 'read');
    if (count === 0) return memory.subarray(0, end);
    end += count;
    if (end < memory.length) continue;
    const size = yield* sizeOf(fd);
    checkFileSize(size, end);
    const read = memory;
    // One byte more than the file has, in which the read that finds its end has nothing to put.
    memory = Buffer.allocUnsafeSlow(Math.max(2 * end, size + 1));
    memory.set(read);
  }
}

/** The size of an open file; 0 where it has none, as in /proc. The kernel always asks on a thread of its own. */
function* sizeOf(fd: number): FileSteps<number> {
  // The result, and behind it an empty path.
  const memory = Buffer.alloc(statxBytes + 1);
  const from = statxBytes;
  resultOf(
    yield {
      op: UringOp.statx,
      fd,
      memory,
      from,
      length: STATX_SIZE,
      offset: addressOf(memory),
      opFlags: AT_EMPTY_PATH,
    },
    'statx',
  );
  return Number(memory.readBigUInt64LE(statxSizeAt));
}

/** @throws an error like those of `node:fs`: `ENOENT: no such file or directory, open 'page.html'` */
function resultOf(result: number, syscall: string, path?: string): number {
  if (result >= 0) return result;
  const [code, meaning] = getSystemErrorMap().get(result) ?? [`errno ${-result}`, 'unknown error'];
  const error = new Error(`${code}: ${meaning}, ${syscall}${path === undefined ? '' : ` '${path}'`}`);
  throw Object.assign(error, { errno: result, code, syscall, ...(path !== undefined && { path }) });
}
