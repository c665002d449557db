import { lazyLibc } from './libc.js';

// <sys/socket.h>; the same on every Linux.
export const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;

interface Functions {
  readonly inetPton: (family: number, text: string, out: Uint8Array) => number;
}

const libc = lazyLibc<Functions>({
  inetPton: 'int inet_pton(int family, const char *text, void *out)',
});

/** Where a socket can be bound or connected to, in the form the kernel takes. */
export interface SocketAddress {
  readonly family: number;
  /** A `struct sockaddr_in`, `sockaddr_in6` or `sockaddr_un`. */
  readonly bytes: Uint8Array;
}

/**
 * ```
 * sockaddr_in   family:2 port:2(big-endian) address:4 zero:8
 * sockaddr_in6  family:2 port:2(big-endian) flow:4 address:16 scope:4
 * ```
 * @param host an IPv4 or IPv6 literal, without brackets; names are resolved elsewhere
 */
export function tcpAddress(host: string, port: number): SocketAddress {
  const family = host.includes(':') ? AF_INET6 : AF_INET;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError(`${port} is not a port`);
  const bytes = new Uint8Array(family === AF_INET ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port, false);
  const address = new Uint8Array(family === AF_INET ? 4 : 16);
  if (libc().inetPton(family, host, address) !== 1) throw new TypeError(`'${host}' is not an IPv4 or IPv6 address`);
  bytes.set(address, family === AF_INET ? 4 : 8);
  return { family, bytes };
}

/** The longest path a Unix socket may have: `sun_path` is 108 bytes with its closing zero. */
const maxUnixPathBytes = 107;

/** Why a path cannot be that of a Unix socket; `undefined` when it can. */
export function unixPathProblem(path: string): string | undefined {
  const { length } = new TextEncoder().encode(path);
  if (length > 0 && length <= maxUnixPathBytes) return undefined;
  return `the path of a Unix socket has 1 to ${maxUnixPathBytes} bytes, this one has ${length}: '${path}'`;
}

/** A Unix domain socket in the file system. `sockaddr_un: family:2 path:108`. */
export function unixAddress(path: string): SocketAddress {
  const problem = unixPathProblem(path);
  if (problem !== undefined) throw new RangeError(problem);
  const text = new TextEncoder().encode(path);
  const bytes = new Uint8Array(110);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(text, 2);
  return { family: AF_UNIX, bytes };
}

/** The port in a `sockaddr_in` or `sockaddr_in6`. */
export function portOf(sockaddr: Uint8Array): number {
  return new DataView(sockaddr.buffer, sockaddr.byteOffset).getUint16(2, false);
}
