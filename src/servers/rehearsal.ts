import { collectYoungGarbage } from '../core/collect-garbage.js';
import { signalEventfd } from '../net/sys/eventfd.js';
import { descriptorLimit } from '../net/sys/limits.js';
import { unsupportedReason } from '../net/sys/platform.js';
import { close } from '../net/sys/socket.js';
import type { Application } from './application.js';
import { defaultLimits } from './limits.js';
import { gatherCrowd } from './rehearsal-crowd.js';
import type { Service } from './service.js';
import { createWorkload } from './workload.js';

/** What a server rehearses with. */
export interface Rehearsal {
  /** Counts elsewhere. Its phase is `aborting` once the last client is answered. */
  readonly service: Service;
  /** A listening socket that blocks, in whose queue the clients wait. Whoever rehearses closes it. */
  readonly listener: number;
  /** How many of them there are: at least one. */
  readonly clients: number;
  /** An eventfd: signalled when the phase has changed. */
  readonly doorbell: number;
  /** Ends it before its time: what goes wrong in a rehearsal is no news. */
  readonly end: () => void;
}

/** On a busy machine fewer rounds must suffice. */
const longestMs = 500;
/** With fewer there is no rehearsal: the server itself needs them. */
const plentyOfDescriptors = 1024;

/** Whether there can be clients of our own here. */
export function canRehearse(): boolean {
  return unsupportedReason() === undefined && descriptorLimit() >= plentyOfDescriptors;
}

/** How much there is of a rehearsal. */
export interface Rounds {
  /** How many connect at once; fewer where the kernel has no room for them (net.core.somaxconn). */
  readonly clients: number;
  /** How often they come: the more code, the longer the compiler takes to be through with it. */
  readonly rounds: number;
}

/** More clients than these do not make the code any faster. Threads that rehearse at once share them. */
export const rehearsalClients = 100;

/**
 * Lets a server (unless it was told `rehearse=false`) serve clients of our own before it says that it is ready, with the
 * code and the system calls by which it serves everybody. A fresh JavaScript thread compiles each function the first
 * time it runs, and better when it has run often; whoever connects first shall not wait for that (150 at once: 10 to 50
 * ms). Where there are no system calls of our own they do wait.
 * @param serve serves the clients of one round, until the phase is `aborting`
 */
export async function rehearse(
  given: Service,
  { clients, rounds }: Rounds,
  serve: (rehearsal: Rehearsal) => void | Promise<void>,
): Promise<void> {
  if (!given.rehearses || !canRehearse()) return;
  const until = performance.now() + longestMs;
  for (let left = rounds; left > 0 && performance.now() < until; left--) await playRound(given, clients, serve);
  // What a crowd has left would be collected in the middle of the first that is served (2 to 6 ms).
  if (clients > 1) collectYoungGarbage();
}

async function playRound(
  given: Service,
  wanted: number,
  serve: (rehearsal: Rehearsal) => void | Promise<void>,
): Promise<void> {
  const crowd = gatherCrowd(given.protocol.example, wanted);
  if (crowd === undefined) return;
  const { listener, doorbell, sockets } = crowd;
  // A request that outlives the rehearsal (cut after `longestMs`, on a busy machine) calls this when the doorbell is
  // closed, and its number may be anybody's socket.
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    service.phase.enter('aborting');
    signalEventfd(doorbell);
  };
  const service = given.apart(endingAfter(sockets.length, end), defaultLimits());
  const timer = setTimeout(end, longestMs);
  try {
    await serve({ service, listener, clients: sockets.length, doorbell, end });
  } finally {
    isOver = true;
    clearTimeout(timer);
    for (const fd of [...sockets, doorbell]) close(fd);
  }
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
