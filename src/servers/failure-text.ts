import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

// The parent of servers/, whether this file runs by itself or inside the bundle.
const ownUrl = new URL('..', import.meta.url).href;
const ownPath = fileURLToPath(ownUrl);

/** Of archbench, of Node's inside, or of a coroutine that is resumed. */
function isNoPlace(line: string): boolean {
  if (!/^ +at /.test(line)) return false;
  return line.includes(ownPath) || line.includes(ownUrl) || /node:internal|\.next \(<anonymous>\)$/.test(line);
}

/** What was thrown and is no error: anything at all, also what cannot be made a text. */
export function thrownText(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : inspect(thrown);
}

/**
 * An error for the log: with its stack, so that its author finds the place. Of an application's, without the lines of
 * archbench, which has only called it; of a bug of ours, where no others are left, with all of them. What the world did
 * is said by the failed call alone (`EMFILE: too many open files`).
 */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return thrownText(error);
  const { message, stack = message } = error;
  if ('syscall' in error) return message;
  const lines = stack.split('\n');
  const others = lines.filter((line) => !isNoPlace(line));
  return (others.some((line) => /^ +at /.test(line)) ? others : lines).join('\n');
}
