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
function thrownText(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : inspect(thrown);
}

const unshowable = 'what was thrown cannot be shown';

/** What an error says; of anything else that was thrown, what it is. Never throws, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return thrownText(thrown);
    const { message }: { readonly message: unknown } = thrown;
    return String(message);
  } catch {
    return unshowable;
  }
}

/**
 * An error for the log: with its stack, so that its author finds the place. Of an application's, without the lines of
 * archbench, which has only called it; of a bug of ours, where no others are left, with all of them. What the world did
 * is said by the failed call alone (`EMFILE: too many open files`). Never throws, whatever was thrown.
 */
export function failureText(error: unknown): string {
  try {
    return shortened(error instanceof Error ? textOf(error) : thrownText(error));
  } catch {
    return unshowable;
  }
}

/** Of what is told of one failure. */
const mostCharacters = 10_000;

function shortened(text: string): string {
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}… (${text.length} characters)`;
}

function textOf(error: Error): string {
  // Whoever threw it may have put anything there.
  const { message, stack = message }: { readonly message: unknown; readonly stack?: unknown } = error;
  if ('syscall' in error) return String(message);
  const lines = String(stack).split('\n');
  const others = lines.filter((line) => !isNoPlace(line));
  return (others.some((line) => /^ +at /.test(line)) ? others : lines).join('\n');
}

/** A bug of ours for the log: with all of its stack, whatever it is. Never throws. */
export function bugText(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : thrownText(error);
  } catch {
    return unshowable;
  }
}
