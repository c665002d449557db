import { portOf, type SocketAddress, tcpAddress } from './address.js';
import { EAGAIN, EINTR, ENOTCONN, resultOrErrno, resultOrThrow, SyscallError } from './errno.js';
import { lazyLibc } from './libc.js';
import { toTimeval } from './timespec.js';

// A socket is its descriptor, a plain number, so that it can cross threads. ONE owner per descriptor: others may
// `shutdownSocket` it, which wakes its user; only the owner closes, after the user is gone. `close` wakes nobody,
// and the number is given out again at once.

// <sys/socket.h>, <netinet/tcp.h>; the same numbers on x64 and arm64.
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0x800;
export const SOCK_CLOEXEC = 0x8_0000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ERROR = 4;
const SO_REUSEPORT = 15;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const SO_ATTACH_FILTER = 26;
const SO_ACCEPTCONN = 30;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_INFO = 11;
/** `tcpi_state` while the peer may send: ESTABLISHED, FIN_WAIT1, FIN_WAIT2 (<netinet/tcp.h>). */
const openStates = new Set([1, 4, 5]);
/** `tcpi_state` of no connection any more. */
const closedState = 7;
const MSG_PEEK = 0x2;
const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
/** Of io_uring: a send goes on until everything is sent. */
export const MSG_WAITALL = 0x100;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0x800;
const shutdownHow = { read: 0, write: 1, both: 2 } as const;

interface Functions {
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly setsockopt: (fd: number, level: number, name: number, value: ArrayBufferView, length: number) => number;
  readonly getsockopt: (fd: number, level: number, name: number, value: Int32Array, length: Uint32Array) => number;
  readonly bind: (fd: number, address: Uint8Array, length: number) => number;
  readonly listen: (fd: number, backlog: number) => number;
  readonly connect: (fd: number, address: Uint8Array, length: number) => number;
  readonly getsockname: (fd: number, address: Uint8Array, length: Uint32Array) => number;
  readonly accept4: (fd: number, address: null, length: null, flags: number) => number;
  readonly read: (fd: number, buffer: Uint8Array, length: number) => number;
  readonly recv: (fd: number, buffer: Uint8Array, length: number, flags: number) => number;
  readonly send: (fd: number, buffer: Uint8Array, length: number, flags: number) => number;
  readonly shutdown: (fd: number, how: number) => number;
  readonly fcntl: (fd: number, command: number, value: number) => number;
  readonly close: (fd: number) => number;
}

const libc = lazyLibc<Functions>({
  socket: 'int socket(int family, int type, int protocol)',
  setsockopt: 'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
  getsockopt: 'int getsockopt(int fd, int level, int name, void *value, void *length)',
  bind: 'int bind(int fd, const void *address, uint32_t length)',
  listen: 'int listen(int fd, int backlog)',
  connect: 'int connect(int fd, const void *address, uint32_t length)',
  getsockname: 'int getsockname(int fd, void *address, void *length)',
  accept4: 'int accept4(int fd, void *address, void *length, int flags)',
  read: 'int64_t read(int fd, void *buffer, size_t length)',
  recv: 'int64_t recv(int fd, void *buffer, size_t length, int flags)',
  send: 'int64_t send(int fd, const void *buffer, size_t length, int flags)',
  shutdown: 'int shutdown(int fd, int how)',
  fcntl: 'int fcntl(int fd, int command, int value)',
  close: 'int close(int fd)',
});

function setOption(fd: number, level: number, name: number, value: ArrayBufferView): void {
  resultOrThrow('setsockopt', libc().setsockopt(fd, level, name, value, value.byteLength));
}

/** A socket of that address family, closed on exec. @throws {SyscallError} `socket: EMFILE` … */
export function openSocket(family: number, nonBlocking: boolean): number {
  const type = SOCK_STREAM | SOCK_CLOEXEC | (nonBlocking ? SOCK_NONBLOCK : 0);
  return resultOrThrow('socket', libc().socket(family, type, 0));
}

interface ListenOptions {
  /** An IPv4 or IPv6 literal. */
  readonly host: string;
  /** 0 asks for any free port; `localPort` then tells which. */
  readonly port: number;
  /** How many connections may wait to be accepted (the kernel caps it at net.core.somaxconn). Default 4096. */
  readonly backlog?: number;
  /** Several sockets share the port, and the kernel spreads connections over them (SO_REUSEPORT). */
  readonly reusePort?: boolean;
  readonly nonBlocking?: boolean;
}

/** A listening socket. @throws {SyscallError} `bind: EADDRINUSE`, `bind: EACCES` … */
export function listenTcp(options: ListenOptions): number {
  const address = tcpAddress(options.host, options.port);
  const fd = openSocket(address.family, options.nonBlocking ?? false);
  try {
    setOption(fd, SOL_SOCKET, SO_REUSEADDR, Int32Array.of(1));
    if (options.reusePort === true) setOption(fd, SOL_SOCKET, SO_REUSEPORT, Int32Array.of(1));
    resultOrThrow('bind', libc().bind(fd, address.bytes, address.bytes.length));
    resultOrThrow('listen', libc().listen(fd, options.backlog ?? 4096));
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/**
 * Holds a free port: nobody else gets it when they ask for any, but whoever asks for it with SO_REUSEADDR, as everybody
 * does who listens, can listen on it. To be closed when that is done.
 */
export function holdPort(host: string): number {
  const address = tcpAddress(host, 0);
  const fd = openSocket(address.family, false);
  try {
    setOption(fd, SOL_SOCKET, SO_REUSEADDR, Int32Array.of(1));
    resultOrThrow('bind', libc().bind(fd, address.bytes, address.bytes.length));
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** The port a TCP socket is bound to. */
export function localPort(fd: number): number {
  const address = new Uint8Array(28);
  resultOrThrow('getsockname', libc().getsockname(fd, address, Uint32Array.of(address.length)));
  return portOf(address);
}

/**
 * Starts to connect: 0 when it is done, `-EINPROGRESS` on a non-blocking socket that will become writable when it
 * is (`socketError` then tells how it went), another `-errno` when it failed.
 */
export function connect(fd: number, address: SocketAddress): number {
  return resultOrErrno(libc().connect(fd, address.bytes, address.bytes.length));
}

/** Has the kernel look at what arrives for a socket; a kernel that has no filters goes on without. */
export function setSocketFilter(fd: number, program: ArrayBufferView): void {
  libc().setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, program.byteLength);
}

/** Whether it is a socket that listens. */
export function isListening(fd: number): boolean {
  const value = new Int32Array(1);
  return libc().getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, value, Uint32Array.of(4)) === 0 && value[0] === 1;
}

/** Whether the peer of a connected socket has ended its side, also where ours does not read any more: tcp(7), TCP_INFO. */
export function hasPeerEnded(fd: number): boolean {
  return !openStates.has(tcpState(fd));
}

/** Whether a connected socket is one no more: the peer has reset it, or both sides have ended. */
export function isClosed(fd: number): boolean {
  return tcpState(fd) === closedState;
}

function tcpState(fd: number): number {
  const info = new Int32Array(1);
  const result = libc().getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, Uint32Array.of(4));
  // The first byte.
  return result === 0 ? (info[0] as number) & 0xff : closedState;
}

/** Takes the error that waits on a socket (SO_ERROR): 0, or an errno such as ECONNREFUSED. */
export function socketError(fd: number): number {
  const value = new Int32Array(1);
  resultOrThrow('getsockopt', libc().getsockopt(fd, SOL_SOCKET, SO_ERROR, value, Uint32Array.of(4)));
  return value[0] as number;
}

/** The descriptor of the next connection, or `-errno`: `-EAGAIN`, `-EMFILE`, `-EINVAL` after a shutdown. */
export function accept(fd: number, nonBlocking: boolean): number {
  const flags = SOCK_CLOEXEC | (nonBlocking ? SOCK_NONBLOCK : 0);
  for (;;) {
    const result = resultOrErrno(libc().accept4(fd, null, null, flags));
    if (result !== -EINTR) return result;
  }
}

/** Bytes read into `buffer`, 0 at the end of the stream, or `-errno`. */
export function read(fd: number, buffer: Uint8Array, offset = 0, length = buffer.length - offset): number {
  const target = offset === 0 ? buffer : buffer.subarray(offset);
  for (;;) {
    const result = resultOrErrno(libc().read(fd, target, length));
    if (result !== -EINTR) return result;
  }
}

/** Like `read`, but never waits: `-EAGAIN` when nothing has arrived, on a blocking socket too. */
export function receiveNow(fd: number, buffer: Uint8Array): number {
  for (;;) {
    const result = resultOrErrno(libc().recv(fd, buffer, buffer.length, MSG_DONTWAIT));
    if (result !== -EINTR) return result;
  }
}

/**
 * Whether the peer has reset the connection, or has sent all that it will and it is all read: whatever is done for it
 * now, nobody waits for. Takes no bytes out of the socket, and never waits.
 */
export function hasPeerLeft(fd: number): boolean {
  // After a reset, what came before it can still be read: only the error tells.
  if (socketError(fd) !== 0) return true;
  for (;;) {
    const result = resultOrErrno(libc().recv(fd, new Uint8Array(1), 1, MSG_PEEK | MSG_DONTWAIT));
    if (result !== -EINTR) return result <= 0 && result !== -EAGAIN;
  }
}

/** Bytes of `buffer` the kernel took, or `-errno`; a peer that has gone is `-EPIPE`, never a signal. */
export function send(fd: number, buffer: Uint8Array, offset = 0, length = buffer.length - offset): number {
  const source = offset === 0 ? buffer : buffer.subarray(offset);
  for (;;) {
    const result = resultOrErrno(libc().send(fd, source, length, MSG_NOSIGNAL));
    if (result !== -EINTR) return result;
  }
}

/** Sends the whole of `buffer` on a blocking socket: its length, or `-errno` (`-EAGAIN` after a send timeout). */
export function sendAll(fd: number, buffer: Uint8Array): number {
  let sent = 0;
  while (sent < buffer.length) {
    const result = send(fd, buffer, sent);
    if (result < 0) return result;
    sent += result;
  }
  return sent;
}

/** Ends one or both directions; a thread blocked in `accept`, `read` or `send` on the socket wakes up. */
export function shutdownSocket(fd: number, how: keyof typeof shutdownHow = 'both'): void {
  const result = resultOrErrno(libc().shutdown(fd, shutdownHow[how]));
  // The peer may have reset the connection a moment before.
  if (result < 0 && result !== -ENOTCONN) throw new SyscallError('shutdown', -result);
}

/** Gives a descriptor back. @throws {SyscallError} `close: EBADF`: two owners, a bug */
export function close(fd: number): void {
  const result = resultOrErrno(libc().close(fd));
  // Linux has released the number even where it reports EINTR.
  if (result < 0 && result !== -EINTR) throw new SyscallError('close', -result);
}

/** Whether calls that would block say `-EAGAIN` instead. */
export function setNonBlocking(fd: number, nonBlocking: boolean): void {
  const flags = resultOrThrow('fcntl', libc().fcntl(fd, F_GETFL, 0));
  const wanted = nonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  resultOrThrow('fcntl', libc().fcntl(fd, F_SETFL, wanted));
}

/** Small messages leave at once (Nagle's algorithm off). */
export function setNoDelay(fd: number): void {
  setOption(fd, IPPROTO_TCP, TCP_NODELAY, Int32Array.of(1));
}

function setTimeLimit(fd: number, name: number, ms: number): void {
  // The kernel's own word for "for ever" is 0.
  setOption(fd, SOL_SOCKET, name, toTimeval(ms === Number.POSITIVE_INFINITY ? 0 : ms));
}

/** Bounds how long a blocking `read` or `accept` waits: then it is `-EAGAIN`. 0, and `Infinity`, wait for ever. */
export function setReceiveTimeout(fd: number, ms: number): void {
  setTimeLimit(fd, SO_RCVTIMEO, ms);
}

/** Bounds how long a blocking `send` waits: then it is `-EAGAIN`. 0, and `Infinity`, wait for ever. */
export function setSendTimeout(fd: number, ms: number): void {
  setTimeLimit(fd, SO_SNDTIMEO, ms);
}
