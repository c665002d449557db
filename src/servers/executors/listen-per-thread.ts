import { close, listenTcp, localPort } from '../../net/sys/socket.js';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
}

/**
 * `count` listening sockets on one port, over which the kernel spreads new connections (SO_REUSEPORT).
 * @throws {SyscallError} `bind: EADDRINUSE` when anybody else listens there, sharing or not
 */
export function listenPerThread(options: Options, count: number): { readonly fds: number[]; readonly port: number } {
  if (count === 1) {
    const fd = listenTcp(options);
    return { fds: [fd], port: localPort(fd) };
  }
  // Sockets that share a port would also share it with a second server of the same user, which then takes half of the
  // connections: so first see whether the port can be had alone.
  if (options.port !== 0) close(listenTcp(options));
  const first = listenTcp({ ...options, reusePort: true });
  const port = localPort(first);
  const others = Array.from({ length: count - 1 }, () => listenTcp({ ...options, port, reusePort: true }));
  return { fds: [first, ...others], port };
}
