import { close, listenTcp, localPort } from '../../net/sys/socket.js';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
}

/**
 * `count` listening sockets on one port, over which the kernel spreads new connections (SO_REUSEPORT).
 * @throws {SyscallError} `bind: EADDRINUSE` when anybody else listens there, sharing or not; `socket: EMFILE` …
 */
export function listenPerThread(options: Options, count: number): { readonly fds: number[]; readonly port: number } {
  if (count === 1) {
    const fd = listenTcp(options);
    return { fds: [fd], port: localPort(fd) };
  }
  // Sockets that share a port would also share it with a second server of the same user, which then takes half of the
  // connections: so first see whether the port can be had alone.
  if (options.port !== 0) close(listenTcp(options));
  const fds: number[] = [];
  let { port } = options;
  try {
    while (fds.length < count) {
      const fd = listenTcp({ ...options, port, reusePort: true });
      fds.push(fd);
      port = localPort(fd);
    }
    return { fds, port };
  } catch (error) {
    for (const fd of fds) close(fd);
    throw error;
  }
}
