// Node's own event loop: one thread, and libuv asks the kernel (epoll_pwait) which of all sockets are ready.
// Each ready socket means a callback, which resumes the coroutine of that connection until it has to wait again.
//
//   clients ══► accept queue ──► ┌─ one thread ───────────────────────────┐
//                                │ epoll_pwait ─► read ─► handle ─► write │
//                                │     ▲───────── next callback ◄─────┘   │
//                                └────────────────────────────────────────┘
//
// Waiting costs nothing but memory, so thousands of sleeping requests overlap. Computing costs everybody: while one
// request computes, no callback runs. Files are read on libuv's helper threads, for Linux has no readiness of files.

import type { Architecture } from '../architecture.js';
import { createLoopServer } from '../executors/loop/server.js';
import { startNodeServer } from '../executors/loop/node-server.js';

const architecture: Architecture = {
  id: 'event-loop',
  summary: "Node's event loop (libuv) with callbacks: one thread for all",
  family: 'event loop',
  settings: {},
  start: async (host) => startNodeServer(createLoopServer, await host.openService(), host),
};

export default architecture;
