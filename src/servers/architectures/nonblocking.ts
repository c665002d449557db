import { unsupportedReason } from '../../net/sys/platform.js';
import type { Architecture } from '../architecture.js';
import { runServer } from '../runtime/runtime-server.js';
import type { Selector, Source } from '../runtime/selector.js';
import { runtimeRole, startRuntimeThreads } from '../runtime/threads.js';

// Polling: the sockets no longer block, so one thread can look after many of them, by asking each again and again.
//
//                ┌─ one thread, always running ──────────────────┐
//                │   accept   EAGAIN                             │
//   clients ══►  │   read 5   EAGAIN                             │
//                │   read 6   a request! handle, write           │
//                │   read 7   EAGAIN          … and from the top │
//                └───────────────────────────────────────────────┘
//
// It answers quickly and never sleeps: with one idle connection it burns a whole core to be told EAGAIN a million times
// a second, and with a thousand each waits for a thousand system calls before it gets its turn. The kernel knows which
// of them are ready; asking it THAT question is the next step, `poll`.

/** Takes every descriptor for ready, and leaves it to `read` and `accept` to say that it is not. */
class HopefulSelector implements Selector {
  readonly #sources = new Set<Source>();

  add(source: Source): void {
    this.#sources.add(source);
  }

  remove(source: Source): void {
    this.#sources.delete(source);
  }

  wait(): void {
    for (const source of this.#sources) source.ready(true, true, false);
  }

  close(): void {
    this.#sources.clear();
  }
}

const server = runtimeRole((start, service, log) => runServer(start, new HopefulSelector(), service, log));

const settings = {};
const roles = { server };

const architecture: Architecture<typeof settings, typeof roles> = {
  id: 'nonblocking',
  summary: 'one thread that asks every socket again and again, and never sleeps',
  family: 'polling',
  settings,
  unsupported: unsupportedReason,
  roles,
  start: (host) => startRuntimeThreads(host, 1, (start) => host.spawn('server', start)),
};

export default architecture;
