// What processes that the server consists of have in common: a parent that they tell, and output that it reads.
import process from 'node:process';

/**
 * Tells the parent something, as long as it is there.
 * @param whenTold the message has left, or there is nobody to tell
 */
export function tellParent(message: object, whenTold: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, undefined, undefined, whenTold);
  else whenTold();
}

/** An application prints, and nobody reads it any more: the server goes on. */
export function surviveUnreadOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
