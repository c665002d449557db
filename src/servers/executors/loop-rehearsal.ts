import { Socket } from 'node:net';
import { unsupportedReason } from '../../net/sys/platform.js';
import { close, sendAll, shutdownSocket, socketPair } from '../../net/sys/socket.js';
import type { Service } from '../service.js';
import { LoopConnections } from './loop-connections.js';

const times = 50;

/**
 * Serves requests of our own on Node's event loop, with counters of their own, before a thread says that it is ready:
 * who connects first shall not wait while the sockets of Node are compiled (30 ms for 150 connections at once). Over
 * socket pairs, so that nobody accepts what no client has sent. Where there are no system calls of our own, the first
 * clients do wait.
 */
export async function rehearseOnLoop(given: Service): Promise<void> {
  if (unsupportedReason() !== undefined) return;
  const { service, request } = given.rehearsal();
  const connections = new LoopConnections(service);
  const clients: number[] = [];
  for (let i = 0; i < times; i++) {
    const [server, client] = socketPair();
    clients.push(client);
    sendAll(client, request);
    shutdownSocket(client, 'write');
    connections.serve(new Socket({ fd: server, allowHalfOpen: true }));
  }
  await connections.drain();
  for (const client of clients) close(client);
}
