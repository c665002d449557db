import { printable } from '../../core/printable.js';

/** A column of drill's output: at least 25 characters. */
export function padName(name: string): string {
  return printable(name).padEnd(25);
}

/** A time as drill prints it: whole milliseconds or nanoseconds. */
export function formatTime(us: number, nanoseconds: boolean): string {
  return nanoseconds ? `${Math.round(us * 1000)}ns` : `${Math.round(us / 1000)}ms`;
}
