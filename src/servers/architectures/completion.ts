// Completion instead of readiness (io_uring, here from Linux 5.17 on): not "you may read now", but "your read is done".
//
//                 ┌─ each thread ────────────────────────────────────────────────────────────┐
//                 │  task: receive! send! ──► │ submission ring │ ═══╗  memory shared with   │
//   clients ══►   │                                                  ║  the kernel           │
//   own listener  │  task: handle ◄────────── │ completion ring │ ◄══╝                       │
//   per thread    │                                                                          │
//                 │  io_uring_enter: a call submits up to 16, the last of a turn also waits  │
//                 └──────────────────────────────────────────────────────────────────────────┘
//
// The runtime is the one of `reactor`, tasks and all; only its way to the kernel differs. Where the reactor makes a `read`
// and a `send` per request besides its share of an `epoll_wait`, here the answer and the wish for the next request travel
// together with those of everybody else: under load there are fewer system calls than requests. The price: memory belongs
// to the kernel while an operation is under way, so a connection that waits holds a buffer; and where sandboxes forbid
// io_uring there is no such server at all.

import { uringUnsupportedReason } from '../../net/sys/uring.js';
import { onWorkers } from '../executors/runtime-workers.js';
import { CompletionIo } from '../runtime/completion/completion-io.js';

export default onWorkers(
  {
    id: 'completion',
    summary: 'io_uring: operations are submitted, many completed by one call',
    family: 'completion',
    aliases: ['uring'],
    unsupported: uringUnsupportedReason,
  },
  () => new CompletionIo(),
);
