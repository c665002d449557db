// The reference row: `node:http`, as most people deploy Node. The event loop is the same as in `event-loop`; what
// differs is everything above it: Node's HTTP parser (llhttp), its request and response streams, its headers.
//
//   clients ══► accept queue ──► ┌─ one thread ────────────────────────────────────────────────┐
//                                │ epoll_pwait ─► read ─► llhttp ─► IncomingMessage ─► handle  │
//                                │     ▲                   writev ◄─ ServerResponse ◄────┘     │
//                                └─────────────────────────────────────────────────────────────┘
//
// Choose it when you want the ecosystem. It costs two to three times the CPU per request of the bare loop beside it.

import type { Architecture } from '../architecture.js';
import { createNodeHttpServer } from '../executors/node-http/server.js';
import { startNodeServer } from '../executors/loop/node-server.js';

/**
 * `node:http` is a lot of code. Measured: 150 clients at once, each sleeping 1000 ms; the slowest waits 1026 ms after one
 * round and 1017 ms after twelve.
 */
const rehearsalRounds = 12;

const architecture: Architecture = {
  id: 'node-http',
  summary: 'node:http as most people deploy it: the reference',
  family: 'event loop',
  settings: {},
  start: async (host) => startNodeServer(createNodeHttpServer, await host.openService(), host, rehearsalRounds),
};

export default architecture;
