// Multiplexing: one thread asks the kernel about ALL its descriptors at once, and sleeps until one of them is ready.
//
//                ┌─ one thread ─────────────────────────────────────────────────┐
//                │  [fd 5 r][fd 6 r][fd 7 w] … [fd n r]   the whole list,       │
//   clients ══►  │          │ poll(2)                     every time            │
//                │          ▼                                                   │
//                │  [fd 5 –][fd 6 R][fd 7 –] … [fd n –]   look through it       │
//                │                 └──► its task: read, handle, write, or wait  │
//                └──────────────────────────────────────────────────────────────┘
//
// No thread per connection and no busy waiting: all that `nonblocking` lacks. But the list is built, copied into the
// kernel and looked through at every wake-up, so one ready connection among 10 000 idle ones costs 10 000 steps. That
// is what epoll, `reactor`, was made for (Kegel, The C10K problem, 1999).

import { PollList, POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT } from '../../net/sys/poll.js';
import { onOneThread } from '../executors/runtime-workers.js';
import { ReadinessIo } from '../runtime/readiness/readiness-io.js';
import type { Selector, Source } from '../runtime/readiness/selector.js';

/** Which descriptors are ready, asked anew each time, for those that somebody waits for. */
class PollSelector implements Selector {
  readonly #sources = new Set<Source>();
  readonly #list = new PollList();
  #asked: Source[] = [];

  add(source: Source): void {
    this.#sources.add(source);
  }

  remove(source: Source): void {
    this.#sources.delete(source);
  }

  wait(timeoutMs: number): void {
    this.#list.clear();
    this.#asked = [];
    for (const source of this.#sources) {
      const events = (source.wantsRead ? POLLIN : 0) | (source.wantsWrite ? POLLOUT : 0);
      if (events === 0) continue;
      this.#list.push(source.fd, events);
      this.#asked.push(source);
    }
    let left = this.#list.poll(timeoutMs === Number.POSITIVE_INFINITY ? -1 : timeoutMs);
    for (let i = 0; left > 0; i++) {
      const events = this.#list.events(i);
      if (events === 0) continue;
      left -= 1;
      const failed = (events & (POLLERR | POLLHUP | POLLNVAL)) !== 0;
      this.#asked[i]?.onReady((events & POLLIN) !== 0 || failed, (events & POLLOUT) !== 0 || failed, false);
    }
  }

  close(): void {
    this.#sources.clear();
  }
}

export default onOneThread(
  { id: 'poll', summary: 'one thread, poll(2) over all descriptors at every wake-up', family: 'multiplexing' },
  () => new ReadinessIo(new PollSelector()),
);
