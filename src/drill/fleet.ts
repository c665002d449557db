import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { UserError } from '../core/errors.js';
import { decodeHistogram } from '../core/histogram.js';
import {
  Generator,
  type Generated,
  type GenerateOptions,
  type GeneratorEvents,
  type GeneratorProgress,
  type LocalOptions,
} from './generate.js';
import type { FromGenerator, GeneratorTask, ToGenerator } from './generator-messages.js';
import type { CompiledPlan } from './plan/load.js';
import { rehearse } from './rehearsal.js';
import { whole } from './share.js';

/** All the generators of a run: ready when made, started together. */
export interface Fleet {
  readonly run: () => Promise<readonly Generated[]>;
  /** Ends the run early. */
  readonly end: () => void;
  readonly progress: () => GeneratorProgress;
  /** For a fleet that never ran. */
  readonly dispose: () => Promise<void>;
}

/** One generator on the caller's own thread. */
export async function localFleet(
  plan: CompiledPlan,
  options: GenerateOptions & LocalOptions,
  events: GeneratorEvents,
): Promise<Fleet> {
  await rehearse(plan.load, whole, options.transport);
  const generator = await Generator.prepare(plan, whole, options, events);
  return {
    run: async () => [await generator.run()],
    end: () => generator.end(),
    progress: () => generator.progress(),
    dispose: () => generator.dispose(),
  };
}

/**
 * Generators on threads of their own, each with its own sockets and histograms. Nothing is shared while they run.
 * @throws {UserError} when the run cannot begin
 */
export async function threadFleet(
  plan: CompiledPlan,
  threads: number,
  options: GenerateOptions,
  events: GeneratorEvents,
): Promise<Fleet> {
  const fleet = Array.from({ length: threads }, (_, index) => {
    const task: GeneratorTask = { recipe: plan.recipe, share: { index, of: threads }, options };
    return new GeneratorThread(task, events);
  });
  const end = (): void => fleet.forEach((thread) => thread.tell('end'));
  const terminate = async (): Promise<void> => {
    await Promise.all(fleet.map((thread) => thread.terminate()));
  };
  try {
    await Promise.all(fleet.map(({ ready }) => ready));
  } catch (error) {
    await terminate();
    throw error;
  }
  return {
    run: async () => {
      fleet.forEach((thread) => thread.tell('go'));
      try {
        return await Promise.all(fleet.map(({ done }) => done));
      } finally {
        await terminate();
      }
    },
    end,
    progress: () =>
      fleet.reduce(
        (sum, { progress }) => ({
          requests: sum.requests + progress.requests,
          failed: sum.failed + progress.failed,
          inFlight: sum.inFlight + progress.inFlight,
        }),
        { requests: 0, failed: 0, inFlight: 0 },
      ),
    dispose: terminate,
  };
}

/** One of them, as the main thread sees it. */
class GeneratorThread {
  readonly ready: Promise<void>;
  readonly done: Promise<Generated>;
  progress: GeneratorProgress = { requests: 0, failed: 0, inFlight: 0 };
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;

  constructor(task: GeneratorTask, events: GeneratorEvents) {
    this.#worker = new Worker(new URL('./generator-thread.js', import.meta.url), { workerData: task });
    this.#exited = once(this.#worker, 'exit').catch(() => undefined);
    let onReady: () => void;
    let onDone: (generated: Generated) => void;
    let fail: ((error: Error) => void)[] = [];
    this.ready = new Promise((resolve, reject) => {
      onReady = resolve;
      fail.push(reject);
    });
    this.done = new Promise((resolve, reject) => {
      onDone = resolve;
      fail.push(reject);
    });
    // Whoever waits for `ready` is told; `done` may not be waited for yet.
    this.done.catch(() => undefined);
    const failWith = (error: Error): void => {
      for (const reject of fail) reject(error);
      fail = [];
    };
    this.#worker.on('error', failWith);
    this.#worker.on('exit', (code) => failWith(new Error(`a generator thread ended early with code ${code}`)));
    this.#worker.on('message', (message: FromGenerator) => {
      switch (message.kind) {
        case 'ready':
          onReady();
          break;
        case 'second':
          events.onSecond(message.second, message.failed, decodeHistogram(message.latency));
          break;
        case 'progress':
          this.progress = message.progress;
          break;
        case 'warning':
          events.onWarning(message.message);
          break;
        case 'stopped':
          events.onStopped(message.reason);
          break;
        case 'done':
          onDone(message.generated);
          break;
        case 'refused':
          failWith(
            new UserError(message.message, {
              exitCode: message.exitCode,
              ...(message.hint === undefined ? {} : { hint: message.hint }),
            }),
          );
          break;
      }
    });
  }

  tell(message: ToGenerator): void {
    this.#worker.postMessage(message);
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
    await this.#exited;
  }
}
