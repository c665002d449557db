import { integerSetting } from '../../core/settings.js';
import { uringUnsupportedReason } from '../../net/sys/uring.js';
import type { Architecture } from '../architecture.js';
import { runCompletionServer } from '../runtime/completion-server.js';
import { runtimeRole, startRuntimeThreads } from '../runtime/threads.js';

// Completion instead of readiness (io_uring, Linux 5.1): not "you may read now", but "your read is done".
//
//                 ┌─ each thread ────────────────────────────────────────────────────────────┐
//                 │  task: receive! send! ──► │ submission ring │ ═══╗  memory shared with   │
//   clients ══►   │                                                  ║  the kernel           │
//   own listener  │  task: handle ◄────────── │ completion ring │ ◄══╝                       │
//   per thread    │                                                                          │
//                 │  io_uring_enter: one call submits all that was queued and waits          │
//                 └──────────────────────────────────────────────────────────────────────────┘
//
// The runtime is the one of `reactor`; only its driver differs. Where the reactor makes a `read` and a `write` per
// request besides its share of an `epoll_wait`, here the answer and the wish for the next request travel together with
// those of everybody else: under load there are fewer system calls than requests. The price: buffers belong to the
// kernel while an operation is under way, so every connection has its own; and where sandboxes forbid io_uring there
// is no such server at all.

const worker = runtimeRole(runCompletionServer);

const settings = {
  workers: integerSetting('threads, each with its own rings and its own listening socket', 1, { min: 1, max: 1024 }),
};
const roles = { worker };

const architecture: Architecture<typeof settings, typeof roles> = {
  id: 'completion',
  summary: 'io_uring: reads and writes are submitted, and many are told to be done at once',
  family: 'completion',
  aliases: ['uring'],
  settings,
  unsupported: uringUnsupportedReason,
  roles,
  start: (host, { workers }) => startRuntimeThreads(host, workers, (start) => host.spawn('worker', start)),
};

export default architecture;
