import { printable } from '../core/printable.js';
import type { Io } from './io.js';

/** One line on standard error, whatever a plan, a server or a file has put into it. */
export function say({ stderr }: Pick<Io, 'stderr'>, text: string): void {
  stderr.write(`${printable(text)}\n`);
}
