import type { Effect } from '../../application.js';
import type { Counters } from '../../counters.js';
import type { Service } from '../../service.js';
import { readWholeFile } from '../../whole-file.js';

/**
 * Runs a CPU-bound task, perhaps later: in another turn of the loop, or when a slot is free. Not at all when it
 * is not wanted any more by then.
 */
export type CpuGate = (task: () => unknown, isWanted: () => boolean) => Performed;

/** What an effect gave. In an object, for a promise would unwrap a value that has a `then`. */
export interface Given {
  readonly value: unknown;
}

/** What an effect gave at once, or the promise of what it will give. */
export type Performed = Given | Promise<Given>;

/** Runs CPU-bound tasks at once. */
export function runAtOnce(counters: Counters): CpuGate {
  return (task) => ({ value: counters.runCpuTask(task) });
}

const done: Given = { value: undefined };

/**
 * Performs an effect of the application on Node's event loop: nothing here blocks the thread but the CPU task itself.
 * @param isWanted whether the peer is still there
 */
export function performOnLoop(effect: Effect, service: Service, isWanted: () => boolean, gate: CpuGate): Performed {
  switch (effect.kind) {
    case 'sleep':
      return effect.ms <= 0 ? done : sleep(effect.ms);
    case 'cpu':
      return gate(effect.task, isWanted);
    case 'readFile':
      return given(readWholeFile(effect.path));
    case 'stats': {
      const stats = service.stats();
      return stats instanceof Promise ? given(stats) : { value: stats };
    }
  }
}

async function given(value: Promise<unknown>): Promise<Given> {
  return { value: await value };
}

// The connection keeps the thread alive; once it is cut, the timer must not. Node's timers count whole milliseconds from
// the start of the current one, so they may fire up to a millisecond early.
function sleep(ms: number): Promise<Given> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.ceil(ms), done).unref();
  });
}
