import { type SocketAddress, tcpAddress } from '../net/sys/address.js';
import { SyscallError } from '../net/sys/errno.js';
import { createEventfd } from '../net/sys/eventfd.js';
import { descriptorLimit } from '../net/sys/limits.js';
import { close, connect, listenTcp, localPort, openSocket, send, setSendTimeout } from '../net/sys/socket.js';

/** Whoever is not connected by then finds the accept queue full. */
const longestConnectMs = 100;
/** What else may be opened during a rehearsal: epoll, modules that are loaded late. */
const otherDescriptors = 64;

/** The clients of a round, and what they have connected to: descriptors, all to be closed by whoever asked for them. */
export interface Crowd {
  /** A listening socket that blocks, in whose queue they wait. */
  readonly listener: number;
  /** An eventfd. */
  readonly doorbell: number;
  /** Of the clients: at least one. */
  readonly sockets: readonly number[];
}

/** Gathers up to `wanted` clients; `undefined` where descriptors are too few for that. */
export function gatherCrowd(request: Uint8Array, wanted: number): Crowd | undefined {
  const opened: number[] = [];
  try {
    const listener = listenTcp({ host: '127.0.0.1', port: 0, backlog: wanted });
    opened.push(listener);
    const doorbell = createEventfd();
    opened.push(doorbell);
    // The kernel gives out the lowest number that is free: all those below it are in use. A client takes two.
    if (doorbell + 2 * wanted + otherDescriptors <= descriptorLimit()) {
      const sockets = connectClients(localPort(listener), request, wanted);
      if (sockets.length > 0) return { listener, doorbell, sockets };
    }
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
  }
  for (const fd of opened) close(fd);
  return undefined;
}

/**
 * Clients who are connected and have asked before anybody accepts: the kernel takes both at once, or not at all.
 * @returns their sockets, fewer where there is no room for more
 */
export function connectClients(port: number, request: Uint8Array, wanted: number): number[] {
  const address = tcpAddress('127.0.0.1', port);
  const connected: number[] = [];
  while (connected.length < wanted) {
    const fd = connectClient(address, request);
    if (fd === undefined) break;
    connected.push(fd);
  }
  return connected;
}

function connectClient(address: SocketAddress, request: Uint8Array): number | undefined {
  let fd: number;
  try {
    fd = openSocket(address.family, false);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
  setSendTimeout(fd, longestConnectMs);
  if (connect(fd, address) === 0 && send(fd, request) === request.length) return fd;
  close(fd);
  return undefined;
}
