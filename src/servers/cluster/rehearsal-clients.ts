import { setTimeout as sleep } from 'node:timers/promises';
import { EAGAIN } from '../../net/sys/errno.js';
import { close, receiveNow } from '../../net/sys/socket.js';
import { connectClients } from '../rehearsal-crowd.js';
import type { Rounds } from '../rehearsal.js';

/** On a busy machine fewer rounds must suffice: then all clients leave. */
const longestMs = 1000;

/** Sends clients of our own to a port of this machine, each with one request. Resolves when the last has its answer. */
export async function sendClients(port: number, request: Uint8Array, { clients, rounds }: Rounds): Promise<void> {
  const until = performance.now() + longestMs;
  const answer = new Uint8Array(1024);
  for (let left = rounds; left > 0 && performance.now() < until; left--)
    for (const fd of connectClients(port, request, clients)) {
      while (receiveNow(fd, answer) === -EAGAIN && performance.now() < until) await sleep(1);
      close(fd);
    }
}
