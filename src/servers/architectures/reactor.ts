// Our own small runtime on epoll: what libuv, tokio and Go's netpoller do, in TypeScript that can be read in an hour.
//
//                  ┌─ each thread ────────────────────────────────────────────────────────┐
//   clients ══►    │  epoll_wait ──► who is ready ──► wake its task ──► ready queue       │
//   own listener   │      ▲                                                 │             │
//   per thread     │      │  nothing ready     ┌── timer heap ──► wake      ▼             │
//                  │      └────────────────────┴─────────────── poll task: read, handle,  │
//                  │                                                  write, or wait      │
//                  └──────────────────────────────────────────────────────────────────────┘
//
// The kernel keeps the list of descriptors and tells only those that have become ready: the cost of a wake-up depends
// on how many are active, not on how many are open. Edge-triggered: one `epoll_ctl` in the life of a connection, and
// then one `read` and one `send` per request, with one `epoll_wait` for all that became ready meanwhile.

import { Epoll, EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP } from '../../net/sys/epoll.js';
import { onWorkers } from '../executors/runtime-workers.js';
import { ReadinessIo } from '../runtime/readiness/readiness-io.js';
import type { Selector, Source } from '../runtime/readiness/selector.js';

/** Which descriptors became ready, told once per change. */
class EpollSelector implements Selector {
  readonly #epoll = new Epoll(1024);
  /** By token, the number that comes back with its events. */
  readonly #sources: (Source | undefined)[] = [];
  readonly #tokens = new Map<Source, number>();
  readonly #freeTokens: number[] = [];

  add(source: Source): void {
    const token = this.#freeTokens.pop() ?? this.#sources.length;
    this.#sources[token] = source;
    this.#tokens.set(source, token);
    this.#epoll.add(source.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, token);
  }

  // Its token is free at once: no event of it is left, see `Source`. Closing the descriptor takes it off the kernel's
  // list; the host closes the doorbell after us.
  remove(source: Source): void {
    const token = this.#tokens.get(source);
    if (token === undefined) return;
    this.#tokens.delete(source);
    this.#sources[token] = undefined;
    this.#freeTokens.push(token);
  }

  wait(timeoutMs: number): void {
    const count = this.#epoll.wait(timeoutMs === Number.POSITIVE_INFINITY ? -1 : timeoutMs);
    for (let i = 0; i < count; i++) {
      const events = this.#epoll.events(i);
      const ended = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) !== 0;
      this.#sources[this.#epoll.token(i)]?.onReady(
        (events & EPOLLIN) !== 0 || ended,
        (events & EPOLLOUT) !== 0 || ended,
        ended,
      );
    }
  }

  close(): void {
    this.#epoll.close();
  }
}

export default onWorkers(
  {
    id: 'reactor',
    summary: 'our own runtime on epoll: readiness, timer heap, ready queue',
    family: 'readiness',
    aliases: ['epoll'],
  },
  () => new ReadinessIo(new EpollSelector()),
);
