import type { SocketAddress } from '../../net/sys/address.js';
import type { WireConnection } from './connection.js';

/**
 * How bytes get in and out: epoll or io_uring. Knows sockets and nothing of HTTP; tells each connection what
 * happened to it by calling its `opened`, `received`, `ended` or `broken`, and only from within `poll`, so that a
 * caller is never called back while it calls.
 */
export interface Driver {
  /**
   * Opens a socket, starts to connect, and sends all of `first` as soon as that has succeeded. 0, or `-errno` when
   * there is no socket to be had.
   */
  readonly connect: (connection: WireConnection, address: SocketAddress, first: Uint8Array) => number;
  /** Sends all of `bytes`, which stay unchanged until then. One message at a time on a connection. */
  readonly transmit: (connection: WireConnection, bytes: Uint8Array) => void;
  /** Whether a part of the last message has not been handed to the kernel yet. */
  readonly isSending: (connection: WireConnection) => boolean;
  /** Nothing of the connection will be told any more. */
  readonly close: (connection: WireConnection) => void;
  /** Handles what has happened; waits for it up to `timeoutMs` when nothing has. Blocks the thread. */
  readonly poll: (timeoutMs: number) => void;
  readonly dispose: () => void;
}
