import { addressOf } from '../../../net/sys/memory.js';

const bufferBytes = 16 * 1024;
const mostKept = 1024;

/** Bytes on their way, in memory that is the kernel's until they have arrived. */
export interface PooledBuffer {
  readonly memory: Uint8Array;
  readonly address: number;
  length: number;
  /** How many of them the kernel has taken. */
  sent: number;
}

/**
 * Memory for receiving and sending, for all connections of a thread. A buffer that comes back goes on the free
 * list, and the last one on it is used first, for it is in the cache still.
 */
export class BufferPool {
  readonly #free: PooledBuffer[] = [];

  /** An empty one. */
  take(): PooledBuffer {
    const buffer = this.#free.pop();
    if (buffer !== undefined) return buffer;
    const memory = Buffer.allocUnsafeSlow(bufferBytes);
    return { memory, address: addressOf(memory), length: 0, sent: 0 };
  }

  /** One with these bytes. Short messages are copied; long ones stay where they are, and must stay as they are. */
  fill(bytes: Uint8Array): PooledBuffer {
    const { length } = bytes;
    if (length > bufferBytes) return { memory: bytes, address: addressOf(bytes), length, sent: 0 };
    const buffer = this.take();
    buffer.memory.set(bytes);
    buffer.length = length;
    buffer.sent = 0;
    return buffer;
  }

  giveBack(buffer: PooledBuffer): void {
    if (buffer.memory.length === bufferBytes && this.#free.length < mostKept) this.#free.push(buffer);
  }
}
