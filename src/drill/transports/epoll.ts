import { EAGAIN, ECONNRESET, EINPROGRESS, SyscallError } from '../../net/sys/errno.js';
import { Epoll, EPOLLIN, EPOLLOUT } from '../../net/sys/epoll.js';
import { unsupportedReason } from '../../net/sys/platform.js';
import { AF_UNIX, type SocketAddress } from '../../net/sys/address.js';
import { close, connect, openSocket, read, send, setNoDelay, socketError } from '../../net/sys/socket.js';
import type { Clock } from '../../core/clock.js';
import type { TransportKind } from '../transport.js';
import type { WireConnection } from '../wire/connection.js';
import type { Driver } from '../wire/driver.js';
import { WireTransport } from '../wire/wire-transport.js';

/**
 * Plain HTTP/1.1 on non-blocking sockets and epoll, by system calls: costs about what wrk costs.
 */
const epoll: TransportKind = {
  id: 'epoll',
  summary: 'plain HTTP/1.1 on Linux, system calls without Node in between: as fast as wrk',
  unsupported: (needs) => {
    if (needs.tls) return 'the transport epoll speaks no TLS';
    if (needs.http2) return 'the transport epoll speaks no HTTP/2';
    if (needs.proxy) return 'the transport epoll goes through no proxy';
    return unsupportedReason();
  },
  open: (options) => Promise.resolve(new WireTransport(new EpollDriver(options.clock), options)),
};

export default epoll;

const receiveBytes = 65_536;

/** After so many full buffers the others have their turn. */
const maxReadsInARow = 16;

class EpollDriver implements Driver {
  readonly #clock: Clock;
  readonly #epoll = new Epoll(1024);
  readonly #buffer = Buffer.allocUnsafeSlow(receiveBytes);
  /** By descriptor. */
  readonly #connections: (WireConnection | undefined)[] = [];
  /** Connections that connect, and what is to be sent then. */
  readonly #connecting = new Map<WireConnection, Uint8Array>();
  /** What the kernel had no room for. */
  readonly #unsent = new Map<WireConnection, Uint8Array>();
  #nextSerial = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  connect(connection: WireConnection, address: SocketAddress, first: Uint8Array): number {
    let fd: number;
    try {
      fd = openSocket(address.family, true);
    } catch (error) {
      if (error instanceof SyscallError) return -error.errno;
      throw error;
    }
    if (address.family !== AF_UNIX) setNoDelay(fd);
    connection.fd = fd;
    connection.serial = this.#nextSerial;
    this.#nextSerial = (this.#nextSerial + 1) | 0;
    this.#connections[fd] = connection;
    const result = connect(fd, address);
    // Done at once (a Unix socket) or not: the socket is writable when it is connected.
    if (result < 0 && result !== -EINPROGRESS) return result;
    this.#connecting.set(connection, first);
    this.#epoll.add(fd, EPOLLOUT, connection.serial);
    return 0;
  }

  transmit(connection: WireConnection, bytes: Uint8Array): void {
    const sent = send(connection.fd, bytes);
    // An error is told by the next poll, as the end of the connection.
    if (sent === bytes.length || (sent < 0 && sent !== -EAGAIN)) return;
    this.#unsent.set(connection, bytes.subarray(Math.max(0, sent)));
    this.#epoll.modify(connection.fd, EPOLLIN | EPOLLOUT, connection.serial);
  }

  isSending(connection: WireConnection): boolean {
    return this.#unsent.size > 0 && this.#unsent.has(connection);
  }

  close(connection: WireConnection): void {
    if (connection.fd === -1) return;
    this.#connections[connection.fd] = undefined;
    this.#connecting.delete(connection);
    this.#unsent.delete(connection);
    close(connection.fd);
    connection.fd = -1;
  }

  poll(timeoutMs: number): void {
    const whole = Number.isInteger(timeoutMs);
    const count = whole ? this.#epoll.wait(timeoutMs) : this.#epoll.waitPrecisely(timeoutMs);
    for (let i = 0; i < count; i += 1) {
      const connection = this.#connections[this.#epoll.fd(i)];
      // Closed by what an earlier event of this batch led to; the number may belong to a new connection already.
      if (connection === undefined || connection.serial !== this.#epoll.token(i)) continue;
      const first = this.#connecting.size > 0 ? this.#connecting.get(connection) : undefined;
      if (first !== undefined) this.#connected(connection, first);
      else this.#ready(connection, this.#epoll.events(i));
    }
  }

  dispose(): void {
    this.#epoll.close();
  }

  #connected(connection: WireConnection, first: Uint8Array): void {
    this.#connecting.delete(connection);
    const errno = socketError(connection.fd);
    // A reset comes from a server that had taken the connection: the next read tells.
    if (errno !== 0 && errno !== ECONNRESET) return connection.broken(errno, this.#clock.now());
    this.#epoll.modify(connection.fd, EPOLLIN, connection.serial);
    connection.opened();
    this.transmit(connection, first);
  }

  #ready(connection: WireConnection, events: number): void {
    if ((events & EPOLLOUT) !== 0) this.#flush(connection);
    // Whatever else there is, errors and hang-ups too, a read tells.
    if ((events & ~EPOLLOUT) !== 0) this.#read(connection);
  }

  #flush(connection: WireConnection): void {
    const rest = this.#unsent.get(connection);
    if (rest === undefined) return;
    const sent = send(connection.fd, rest);
    if (sent === -EAGAIN) return;
    if (sent >= 0 && sent < rest.length) {
      this.#unsent.set(connection, rest.subarray(sent));
      return;
    }
    this.#unsent.delete(connection);
    this.#epoll.modify(connection.fd, EPOLLIN, connection.serial);
  }

  #read(connection: WireConnection): void {
    const buffer = this.#buffer;
    const { fd } = connection;
    for (let reads = 0; reads < maxReadsInARow; reads += 1) {
      const received = read(fd, buffer);
      if (received === -EAGAIN) return;
      const now = this.#clock.now();
      if (received < 0) return connection.broken(-received, now);
      if (received === 0) return connection.ended(now);
      connection.received(buffer, 0, received, now);
      // A short read has emptied the socket; the next event tells of more.
      if (received < buffer.length || connection.closed) return;
    }
  }
}
