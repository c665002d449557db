import type { Clock } from '../../core/clock.js';
import { AF_UNIX, type SocketAddress } from '../../net/sys/address.js';
import { ECANCELED, ENOBUFS, SyscallError } from '../../net/sys/errno.js';
import { addressOf } from '../../net/sys/memory.js';
import { wakePrecisely } from '../../net/sys/sleep.js';
import { close, MSG_NOSIGNAL, MSG_WAITALL, openSocket, setNoDelay, shutdownSocket } from '../../net/sys/socket.js';
import {
  Uring,
  UringOp,
  UringLink,
  UringReceiveOn,
  UringSkipSuccess,
  uringUnsupportedReason,
} from '../../net/sys/uring.js';
import type { TransportKind } from '../transport.js';
import type { WireConnection } from '../wire/connection.js';
import type { Driver } from '../wire/driver.js';
import { WireTransport } from '../wire/wire-transport.js';

/**
 * Plain HTTP/1.1 on io_uring: operations are queued in shared memory, and one system call hands over all that is
 * queued and brings all that is done.
 */
const uring: TransportKind = {
  id: 'uring',
  summary: 'plain HTTP/1.1 on Linux through io_uring: several requests per system call',
  unsupported: (needs) => {
    if (needs.tls) return 'the transport uring speaks no TLS';
    if (needs.http2) return 'the transport uring speaks no HTTP/2';
    if (needs.proxy) return 'the transport uring goes through no proxy';
    return uringUnsupportedReason();
  },
  open: (options) => Promise.resolve(new WireTransport(new UringDriver(options.clock), options)),
};

export default uring;

/** Where each connection has a buffer of its own. */
const receiveBytes = 16_384;

/** Where all connections share buffers. */
const sharedBuffers = 1024;
const sharedBytes = 4096;

/** Shorter messages are sent from the slot's own buffer, whose address is known, and surely fit the socket's. */
const sendBytes = 4096;
const sendFlags = MSG_NOSIGNAL | MSG_WAITALL;

/**
 * Operations queued before they are handed over in mid-turn, two for each request: a server that is given hundreds
 * of requests at the end of a turn waits for them meanwhile, and then the generator waits for it.
 */
const submitEvery = 32;

/** What a completion is about. */
const Kind = { connect: 1, receive: 2, send: 3, cancel: 4, first: 5 } as const;

/** What a completion is about, and in the bits above: the slot's generation. */
const kindBits = 8;
const kindMask = 0xff;
const generationMask = 0xff_ffff;

/** How long the end of a run may take: the kernel needs less than one. */
const longestEndMs = 1000;

/**
 * A socket and what the kernel does with it. A receive is always under way once it is connected, so that the end of
 * an idle connection is noticed; its buffer belongs to the kernel until the completion has been seen, so a slot is
 * used again only after that.
 */
class Slot {
  readonly token: number;
  /** What is sent, and behind it what is received, unless buffers for that are shared. */
  readonly buffer: Buffer;
  readonly address: number;
  connection: WireConnection | undefined;
  fd = -1;
  /** A connect or a receive is under way: which one, or 0. */
  pending = 0;
  /** The first message waits in the kernel for the connect, or is being sent. */
  isFirstPending = false;
  /** The message that was sent last, from the buffer or its own memory: the next one is often the same. */
  sent: Uint8Array | undefined;
  /** A message too long for the buffer, until its sending has been completed. */
  sending: Uint8Array | undefined;
  /** How many connections have had it: a send that fails late must not be taken for the next one's. */
  generation = 0;

  constructor(token: number, ownReceiveBytes: number) {
    this.token = token;
    this.buffer = Buffer.allocUnsafeSlow(sendBytes + ownReceiveBytes);
    this.address = addressOf(this.buffer);
  }
}

function kindOf({ generation }: Slot, kind: number): number {
  return kind | (generation << kindBits);
}

class UringDriver implements Driver {
  readonly #clock: Clock;
  readonly #ring = new Uring(1024);
  /** Absent on older kernels. */
  readonly #shared = this.#ring.shareBuffers(sharedBuffers, sharedBytes);
  /** A message that connections send again and again, and where it stands. */
  #usual: Uint8Array | undefined;
  #usualAddress = 0;
  readonly #slots: Slot[] = [];
  readonly #free: Slot[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    wakePrecisely();
  }

  connect(connection: WireConnection, address: SocketAddress, first: Uint8Array): number {
    let fd: number;
    try {
      fd = openSocket(address.family, false);
    } catch (error) {
      if (error instanceof SyscallError) return -error.errno;
      throw error;
    }
    if (address.family !== AF_UNIX) setNoDelay(fd);
    const slot = this.#takeSlot();
    slot.connection = connection;
    slot.fd = fd;
    connection.fd = fd;
    connection.serial = slot.token;
    // A message that fits the buffer travels along: the kernel sends it in the moment in which it has connected.
    const isLinked = first.length <= sendBytes;
    const { length } = address.bytes;
    this.#queue(slot, UringOp.connect, Kind.connect, addressOf(address.bytes), 0, length, 0, isLinked ? UringLink : 0);
    slot.pending = Kind.connect;
    if (isLinked) {
      slot.buffer.set(first);
      slot.sent = first;
      slot.isFirstPending = true;
      this.#queue(slot, UringOp.send, Kind.first, slot.address, first.length, 0, sendFlags, 0);
    }
    return 0;
  }

  transmit(connection: WireConnection, bytes: Uint8Array): void {
    const slot = this.#slotOf(connection);
    if (slot === undefined) return;
    const { length } = bytes;
    if (length > sendBytes) {
      slot.sending = bytes;
      this.#queue(slot, UringOp.send, Kind.send, addressOf(bytes), length, 0, sendFlags, 0);
      return;
    }
    // The same message as last time is the same for all connections: sent from one place it stays in the cache.
    const isUsual = slot.sent === bytes;
    if (!isUsual) {
      slot.buffer.set(bytes);
      slot.sent = bytes;
    } else if (this.#usual !== bytes) {
      this.#usual = bytes;
      this.#usualAddress = addressOf(bytes);
    }
    const address = isUsual ? this.#usualAddress : slot.address;
    this.#queue(slot, UringOp.send, Kind.send, address, length, 0, sendFlags, UringSkipSuccess);
  }

  isSending(connection: WireConnection): boolean {
    return this.#slotOf(connection)?.sending !== undefined;
  }

  close(connection: WireConnection): void {
    const slot = this.#slotOf(connection);
    connection.fd = -1;
    if (slot === undefined) return;
    slot.connection = undefined;
    // Ends a receive at once, and a send that waits for room; a connect has to be cancelled.
    if (slot.pending === Kind.connect)
      this.#ring.queueCancel(slot.token, kindOf(slot, Kind.connect), slot.token, Kind.cancel);
    else if (slot.pending === 0 && slot.sending === undefined) this.#release(slot);
    else shutdownSocket(slot.fd);
  }

  poll(timeoutMs: number): void {
    const ring = this.#ring;
    const count = ring.submitAndWait(timeoutMs);
    for (let i = 0; i < count; i += 1) {
      const slot = this.#slots[ring.token(i)];
      const kind = ring.kind(i);
      if (slot === undefined || kind >>> kindBits !== slot.generation) continue;
      switch (kind & kindMask) {
        case Kind.receive:
          this.#received(slot, ring.result(i), ring.bufferId(i), ring.goesOn(i));
          break;
        case Kind.connect:
          this.#connected(slot, ring.result(i));
          break;
        case Kind.send:
          this.#sent(slot, ring.result(i));
          break;
        case Kind.first:
          this.#sentFirst(slot, ring.result(i));
          break;
      }
    }
    ring.consume(count);
  }

  /** Every connection is closed by now. Memory is ours again only when what was under way in it is completed. */
  dispose(): void {
    const until = this.#clock.now() + longestEndMs;
    while (this.#slots.some(({ fd }) => fd !== -1) && this.#clock.now() < until) this.poll(longestEndMs / 100);
    for (const { fd } of this.#slots) if (fd !== -1) close(fd);
    this.#ring.close();
  }

  #received(slot: Slot, result: number, bufferId: number, goesOn: boolean): void {
    if (!goesOn) slot.pending = 0;
    const { connection } = slot;
    if (connection !== undefined && result !== -ENOBUFS) this.#tell(connection, slot, result, bufferId);
    if (bufferId !== -1) this.#shared?.give(bufferId);
    if (goesOn) return;
    if (connection === undefined) this.#release(slot);
    // Unless that was the end of it.
    else if (slot.connection === connection) this.#receive(slot);
  }

  #tell(connection: WireConnection, slot: Slot, result: number, bufferId: number): void {
    const now = this.#clock.now();
    if (result < 0) connection.broken(-result, now);
    else if (result === 0) connection.ended(now);
    else if (this.#shared === undefined) connection.received(slot.buffer, sendBytes, sendBytes + result, now);
    else {
      const from = this.#shared.offset(bufferId);
      connection.received(this.#shared.memory, from, from + result, now);
    }
  }

  #connected(slot: Slot, result: number): void {
    slot.pending = 0;
    const { connection } = slot;
    if (connection === undefined) return this.#release(slot);
    if (result < 0) return connection.broken(-result, this.#clock.now());
    this.#receive(slot);
    connection.opened();
    const first = connection.prepared?.bytes;
    if (first !== undefined && first.length > sendBytes) this.transmit(connection, first);
  }

  #sentFirst(slot: Slot, result: number): void {
    slot.isFirstPending = false;
    this.#sent(slot, result);
  }

  #sent(slot: Slot, result: number): void {
    const wasAwaited = slot.connection === undefined && slot.pending === 0;
    slot.sending = undefined;
    if (wasAwaited) return this.#release(slot);
    // What goes wrong with sending is told as the end of the connection by the receive that is under way.
    if (result < 0 && result !== -ECANCELED && slot.connection !== undefined) shutdownSocket(slot.fd);
  }

  #receive(slot: Slot): void {
    if (this.#shared !== undefined) this.#queue(slot, UringOp.receive, Kind.receive, 0, 0, 0, 0, UringReceiveOn);
    else this.#queue(slot, UringOp.receive, Kind.receive, slot.address + sendBytes, receiveBytes, 0, 0, 0);
    slot.pending = Kind.receive;
  }

  #queue(
    slot: Slot,
    op: number,
    kind: number,
    address: number,
    length: number,
    offset: number,
    opFlags: number,
    flags: number,
  ): void {
    const { fd, token } = slot;
    this.#ring.queue({ op, fd, address, length, offset, opFlags, flags }, token, kindOf(slot, kind));
    // Links hold only between operations that are handed over together.
    if (this.#ring.unsubmitted >= submitEvery && flags !== UringLink) this.#ring.submit();
  }

  #slotOf(connection: WireConnection): Slot | undefined {
    const slot = this.#slots[connection.serial];
    return slot?.connection === connection ? slot : undefined;
  }

  #takeSlot(): Slot {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const slot = new Slot(this.#slots.length, this.#shared === undefined ? receiveBytes : 0);
    this.#slots.push(slot);
    // One that is read, and one that is filled meanwhile.
    this.#shared?.use(2 * this.#slots.length);
    return slot;
  }

  #release(slot: Slot): void {
    // The kernel still reads what is being sent.
    if (slot.isFirstPending || slot.sending !== undefined) return;
    close(slot.fd);
    slot.fd = -1;
    slot.generation = (slot.generation + 1) & generationMask;
    this.#free.push(slot);
  }
}
