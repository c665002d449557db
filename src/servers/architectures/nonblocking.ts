// Polling: the sockets no longer block, so one thread can look after many of them, by asking each again and again.
//
//                ┌─ one thread, always running ──────────────────┐
//                │   accept   EAGAIN                             │
//                │   doorbell EAGAIN                             │
//   clients ══►  │   read 5   EAGAIN                             │
//                │   read 6   a request! handle, write           │
//                │   read 7   EAGAIN          … and from the top │
//                └───────────────────────────────────────────────┘
//
// It answers quickly and never sleeps: with one idle connection it burns a whole core to be told EAGAIN a million times
// a second, and with a thousand each waits for a thousand system calls before it gets its turn. The kernel knows which
// of them are ready; asking it THAT question is the next step, `poll`.

import { onOneThread } from '../executors/runtime-workers.js';
import { ReadinessIo } from '../runtime/readiness/readiness-io.js';
import type { Selector, Source } from '../runtime/readiness/selector.js';

/** Takes every descriptor for ready, and leaves it to `read` and `accept` to say that it is not. */
class BusySelector implements Selector {
  readonly #sources = new Set<Source>();

  add(source: Source): void {
    this.#sources.add(source);
  }

  remove(source: Source): void {
    this.#sources.delete(source);
  }

  wait(): void {
    for (const source of this.#sources) source.onReady(true, true, false);
  }

  close(): void {
    this.#sources.clear();
  }
}

export default onOneThread(
  {
    id: 'nonblocking',
    summary: 'one thread that asks every socket again and again, without sleep',
    family: 'polling',
  },
  () => new ReadinessIo(new BusySelector()),
);
