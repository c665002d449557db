import { type SocketAddress, tcpAddress } from '../net/sys/address.js';
import { createEventfd, signalEventfd } from '../net/sys/eventfd.js';
import { descriptorLimit } from '../net/sys/limits.js';
import { unsupportedReason } from '../net/sys/platform.js';
import { close, connect, listenTcp, localPort, openSocket, sendAll } from '../net/sys/socket.js';
import type { Application } from './application.js';
import { defaultLimits } from './limits.js';
import type { Service } from './service.js';
import { createWorkload } from './workload.js';

/** What a server rehearses with. */
export interface Rehearsal {
  /** Counts elsewhere. Its phase is `aborting` once the last client is answered. */
  readonly service: Service;
  /** A listening socket that blocks, in whose queue the clients wait. Whoever rehearses closes it. */
  readonly listener: number;
  /** An eventfd: signalled when the phase has changed. */
  readonly doorbell: number;
  /** Ends it before its time: what goes wrong in a rehearsal is no news. */
  readonly end: () => void;
}

const longestMs = 500;
/** With fewer there is no rehearsal: the server itself needs them. */
const plentyOfDescriptors = 1024;

/** How many clients are worth their time: more teach the compiler little. Threads that rehearse at once share them. */
export const rehearsalClients = 100;

/**
 * Lets a server serve clients of our own before it says that it is ready, with the code and the system calls by which
 * it serves everybody. A fresh JavaScript thread compiles each function the first time it runs, and better when it has
 * run often; whoever connects first shall not wait for that (150 at once: 10 to 50 ms). Where there are no system calls
 * of our own they do wait.
 * @param clients how many connect at once
 * @param serve serves them until the phase is `aborting`
 */
export async function rehearse(
  given: Service,
  clients: number,
  serve: (rehearsal: Rehearsal) => void | Promise<void>,
): Promise<void> {
  if (unsupportedReason() !== undefined || descriptorLimit() < plentyOfDescriptors) return;
  const doorbell = createEventfd();
  const listener = listenTcp({ host: '127.0.0.1', port: 0, backlog: clients });
  const address = tcpAddress('127.0.0.1', localPort(listener));
  const sockets = Array.from({ length: clients }, () => connectClient(address, given.protocol.example));
  // A request that outlives the rehearsal (cut after `longestMs`, on a busy machine) calls this when the doorbell is
  // closed, and its number may be anybody's socket.
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    service.phase.enter('aborting');
    signalEventfd(doorbell);
  };
  const service = given.apart(endingAfter(clients, end), defaultLimits());
  const timer = setTimeout(end, longestMs);
  await serve({ service, listener, doorbell, end });
  clearTimeout(timer);
  isOver = true;
  for (const fd of [...sockets, doorbell]) close(fd);
}

/** The kernel takes the connection and the request before anybody accepts. */
function connectClient(address: SocketAddress, request: Uint8Array): number {
  const fd = openSocket(address.family, false);
  connect(fd, address);
  sendAll(fd, request);
  return fd;
}

/** The built-in workload, which says when it has answered so many requests. */
function endingAfter(requests: number, end: () => void): Application {
  const workload = createWorkload();
  let left = requests;
  return {
    *handle(request) {
      try {
        const answer = workload.handle(request);
        return 'next' in answer ? yield* answer : answer;
      } finally {
        left -= 1;
        if (left === 0) end();
      }
    },
  };
}
