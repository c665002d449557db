import { parentPort, workerData } from 'node:worker_threads';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { Channel } from '../../../src/net/sync/channel.js';
import { Semaphore } from '../../../src/net/sync/semaphore.js';

/** What a thread of the channel and semaphore tests is asked to do. */
export type PeerTask =
  | { readonly role: 'send'; readonly memory: SharedArrayBuffer; readonly values: readonly number[] }
  | { readonly role: 'receive'; readonly memory: SharedArrayBuffer; readonly blocking: boolean }
  | {
      readonly role: 'enter';
      readonly memory: SharedArrayBuffer;
      readonly blocking: boolean;
      readonly times: number;
      /** Words: [0] how many are inside, [1] the most there ever were. */
      readonly inside: SharedArrayBuffer;
    };

/** Values received, or values sent, or times entered. */
export type PeerResult = readonly number[];

const { task, seed } = workerData as { readonly task: PeerTask; readonly seed: number };
const random = xoroshiro128plus(seed);

/** Loses a random bit of time, so that threads meet in ever new ways. */
function dawdle(): void {
  for (let left = uniformInt(random, 0, 200) ** 2 / 100; left > 0; left -= 1) Math.sqrt(left);
}

function send(channel: Channel, values: readonly number[]): PeerResult {
  return values.filter((value) => {
    dawdle();
    return channel.sendBlocking(value);
  });
}

async function receive(channel: Channel, blocking: boolean): Promise<PeerResult> {
  const received: number[] = [];
  for (;;) {
    const value = blocking ? channel.receiveBlocking() : await channel.receive();
    if (value === undefined) return received;
    received.push(value);
    dawdle();
  }
}

async function enter(semaphore: Semaphore, blocking: boolean, times: number, inside: Int32Array): Promise<PeerResult> {
  const once = async (): Promise<void> => {
    if (blocking) semaphore.acquireBlocking();
    else await semaphore.acquire();
    const now = Atomics.add(inside, 0, 1) + 1;
    if (now > Atomics.load(inside, 1)) Atomics.store(inside, 1, now);
    dawdle();
    if (!blocking) await Promise.resolve();
    Atomics.sub(inside, 0, 1);
    semaphore.release();
  };
  if (blocking) for (let i = 0; i < times; i += 1) await once();
  // An event loop holds and awaits many at the same time.
  else await Promise.all(Array.from({ length: times }, once));
  return [times];
}

async function perform(): Promise<PeerResult> {
  if (task.role === 'send') return send(new Channel(task.memory), task.values);
  if (task.role === 'receive') return receive(new Channel(task.memory), task.blocking);
  return enter(new Semaphore(task.memory), task.blocking, task.times, new Int32Array(task.inside));
}

// A listener keeps the event loop alive while only shared memory is awaited.
parentPort?.on('message', () => undefined);
parentPort?.postMessage(await perform());
parentPort?.close();
