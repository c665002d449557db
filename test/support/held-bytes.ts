import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * The bytes of all buffers that somebody still holds. What was collected is freed by a thread of its own, a little later:
 * to be asked with `eventually`.
 */
export function heldBytes(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}
