// The memory of a process, from proc_pid_status(5).
import { readFileSync } from 'node:fs';

/** What it has resident now. */
export function residentBytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}
