import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { arch } from 'node:os';

/**
 * The C functions that block, by the number of the system call they make: <asm/unistd.h>. arm64 has only the younger
 * calls, so that its `poll` is ppoll and its `epoll_wait` is epoll_pwait; `nanosleep` is clock_nanosleep in glibc.
 */
const callNames: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  x64: {
    0: 'read',
    7: 'poll',
    35: 'nanosleep',
    202: 'futex',
    230: 'nanosleep',
    232: 'epoll_wait',
    271: 'poll',
    281: 'epoll_wait',
    288: 'accept4',
    426: 'io_uring_enter',
  },
  arm64: {
    22: 'epoll_wait',
    63: 'read',
    73: 'poll',
    98: 'futex',
    101: 'nanosleep',
    115: 'nanosleep',
    242: 'accept4',
    426: 'io_uring_enter',
  },
};

/** A thread and what it is blocked in: the call's name, its number where we know no name, or `running`. */
export interface ThreadState {
  readonly tid: number;
  readonly call: string;
}

/** What the threads of a process do at this moment. Threads that end meanwhile are left out. */
export function threadsOf(pid: number | 'self'): ThreadState[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((tid) => {
    try {
      const [number = ''] = readFileSync(`/proc/${pid}/task/${tid}/syscall`, 'utf8').split(' ');
      return [{ tid: Number(tid), call: callNames[arch()]?.[Number(number)] ?? number.trim() }];
    } catch {
      return [];
    }
  });
}

/** What the threads of a process are called. Those that end meanwhile are left out. */
export function threadNames(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((tid) => {
    try {
      return [readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trim()];
    } catch {
      return [];
    }
  });
}

/** The threads of a process that are blocked in that call. */
export function threadsIn(pid: number, call: string): number[] {
  return threadsOf(pid).flatMap((thread) => (thread.call === call ? [thread.tid] : []));
}

/** How many threads a process has. */
export function threadCount(pid: number | 'self' = 'self'): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** What the descriptors of a process are: `socket:[123]`, `anon_inode:[eventpoll]`, `/path`. */
export function descriptorsOf(pid: number | 'self' = 'self'): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

/** CPU time of a process in ms, user and system. */
export function cpuMs(pid: number): number {
  return cpuMsIn(`/proc/${pid}/stat`);
}

/** CPU time of one of its threads. */
export function threadCpuMs(pid: number, tid: number): number {
  return cpuMsIn(`/proc/${pid}/task/${tid}/stat`);
}

function cpuMsIn(path: string): number {
  const stat = readFileSync(path, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime and stime in clock ticks, 100 a second on Linux.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The processes that a process has started. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** How many system calls like read and write a process has made so far. */
export function readsAndWrites(pid: number): number {
  const io = readFileSync(`/proc/${pid}/io`, 'utf8');
  return Number(/syscr: (\d+)/.exec(io)?.[1]) + Number(/syscw: (\d+)/.exec(io)?.[1]);
}
