import { existsSync, readFileSync, readdirSync } from 'node:fs';

// What the kernel counts for a process and all its descendants: proc_pid_stat(5), proc_pid_status(5), proc_pid_io(5).

/** Where files like those of `/proc` are, and a finer clock than theirs where there is one. */
export interface ProcessSource {
  /** `/proc`, but in tests. */
  readonly proc: string;
  /** Processor time of all threads of a process, without its children. */
  readonly cpuUs?: (pid: number) => number | undefined;
}

/** Jiffies of `/proc/PID/stat` are hundredths of a second on every Linux ABI that Node runs on (USER_HZ). */
const usPerTick = 10_000;

/** Context switches of one thread since it started. */
interface ThreadSwitches {
  readonly voluntary: number;
  readonly involuntary: number;
}

/** Counters of a process and its descendants since they started; only differences of two readings mean something. */
export interface TreeReading {
  /** Processor time of all threads, ended ones too, and of children that were waited for. */
  readonly cpuUs: number;
  /** The same, split, to hundredths of a second. */
  readonly userUs: number;
  readonly systemUs: number;
  /** `read`- and `write`-like system calls; absent where the kernel does not tell them. */
  readonly ioCalls?: number;
  /** The most memory each process ever had resident, added up. */
  readonly peakRssBytes: number;
  readonly threads: number;
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  readonly childrenTicks: number;
  readonly threads: number;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // ended meanwhile, or not ours to read
  }
}

function readStat(proc: string, pid: number): Stat | undefined {
  const text = readText(`${proc}/${pid}/stat`);
  if (text === undefined) return undefined;
  // pid (name) state ppid … : the name may hold spaces and parentheses, so count from the last ')'.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    pid,
    parent: field(4),
    userTicks: field(14) + field(16),
    systemTicks: field(15) + field(17),
    childrenTicks: field(16) + field(17),
    threads: field(20),
  };
}

/** `key: value` lines, the number of one key. */
function numberOf(text: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

/** The ids of `root` and all its living descendants; empty when `root` has ended. */
export function processTree(root: number, proc = '/proc'): number[] {
  const childrenOf = new Map<number, number[]>();
  let rootLives = false;
  for (const entry of readdirSync(proc)) {
    const pid = Number(entry);
    const stat = Number.isInteger(pid) ? readStat(proc, pid) : undefined;
    if (stat === undefined) continue;
    rootLives ||= pid === root;
    const siblings = childrenOf.get(stat.parent);
    if (siblings === undefined) childrenOf.set(stat.parent, [pid]);
    else siblings.push(pid);
  }
  if (!rootLives) return [];
  const tree = [root];
  for (let i = 0; i < tree.length; i++) tree.push(...(childrenOf.get(tree[i] as number) ?? []));
  return tree;
}

/** Those of `pids` that still run; one that has ended and waits to be reaped (a zombie) does not. */
export function stillRunning(pids: readonly number[], proc = '/proc'): number[] {
  return pids.filter((pid) => {
    const state = readText(`${proc}/${pid}/stat`)?.replace(/^.*\) /s, '')[0];
    return state !== undefined && state !== 'Z' && state !== 'X';
  });
}

/** Whether a process runs no more; false where there is no `/proc` that would tell. */
export function hasEnded(pid: number, proc = '/proc'): boolean {
  return existsSync(proc) && stillRunning([pid], proc).length === 0;
}

/** The counters of `pids`, added up; `undefined` when none of them can be read. */
export function readCounters(
  pids: readonly number[],
  { proc, cpuUs }: ProcessSource = { proc: '/proc' },
): TreeReading | undefined {
  const stats = pids.map((pid) => readStat(proc, pid)).filter((stat) => stat !== undefined);
  if (stats.length === 0) return undefined;
  const sum = (of: (stat: Stat) => number): number => stats.reduce((total, stat) => total + of(stat), 0);
  const io = stats.map(({ pid }) => readText(`${proc}/${pid}/io`));
  const ioCalls = io.every((text) => text !== undefined)
    ? io.reduce((total, text) => total + numberOf(text, 'syscr') + numberOf(text, 'syscw'), 0)
    : undefined;
  return {
    cpuUs: sum(({ pid, userTicks, systemTicks, childrenTicks }) => {
      const own = cpuUs?.(pid);
      return own === undefined ? (userTicks + systemTicks) * usPerTick : own + childrenTicks * usPerTick;
    }),
    userUs: sum((stat) => stat.userTicks) * usPerTick,
    systemUs: sum((stat) => stat.systemTicks) * usPerTick,
    ...(ioCalls === undefined ? {} : { ioCalls }),
    peakRssBytes: sum(({ pid }) => numberOf(readText(`${proc}/${pid}/status`) ?? '', 'VmHWM') * 1024),
    threads: sum((stat) => stat.threads),
  };
}

/** Living threads of `pids`: one small file a process, cheap enough to ask every few milliseconds. */
export function countThreads(pids: readonly number[], proc = '/proc'): number {
  return pids.reduce((total, pid) => total + (readStat(proc, pid)?.threads ?? 0), 0);
}

/**
 * Context switches by `pid/tid`. The kernel tells them per living thread only: what a thread did between the last
 * reading and its end is lost.
 */
export function readSwitches(pids: readonly number[], proc = '/proc'): Map<string, ThreadSwitches> {
  const switches = new Map<string, ThreadSwitches>();
  for (const pid of pids) {
    for (const tid of threadIds(proc, pid)) {
      const text = readText(`${proc}/${pid}/task/${tid}/status`);
      if (text === undefined) continue;
      switches.set(`${pid}/${tid}`, {
        voluntary: numberOf(text, 'voluntary_ctxt_switches'),
        involuntary: numberOf(text, 'nonvoluntary_ctxt_switches'),
      });
    }
  }
  return switches;
}

function threadIds(proc: string, pid: number): string[] {
  try {
    return readdirSync(`${proc}/${pid}/task`);
  } catch {
    return [];
  }
}
