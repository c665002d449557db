// What the processes of a server have, from /proc.
import { readFileSync } from 'node:fs';

/** The process and all that it has started. */
export function processTree(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => processTree(Number(child)))];
}

/** @param field `VmRSS`, what it has now, or `VmHWM`, the most that it has had */
export function residentBytes(pid, field = 'VmRSS') {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
}
