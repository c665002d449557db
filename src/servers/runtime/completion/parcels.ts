import { addressOf } from '../../../net/sys/memory.js';

const parcelBytes = 16 * 1024;
const mostKept = 1024;

/** Bytes on their way, in memory that is the kernel's until they have arrived. */
export interface Parcel {
  readonly memory: Uint8Array;
  readonly address: number;
  length: number;
  /** How many of them the kernel has taken. */
  sent: number;
}

/**
 * Memory for receiving and sending, from a pile that all connections of a thread share: the parcel that came back last
 * is used first, so that it is in the cache still.
 */
export class Parcels {
  readonly #pile: Parcel[] = [];

  /** An empty one. */
  take(): Parcel {
    const parcel = this.#pile.pop();
    if (parcel !== undefined) return parcel;
    const memory = Buffer.allocUnsafeSlow(parcelBytes);
    return { memory, address: addressOf(memory), length: 0, sent: 0 };
  }

  /** Short messages are copied; of long ones the parcel keeps the memory, which must stay as it is. */
  pack(bytes: Uint8Array): Parcel {
    const { length } = bytes;
    if (length > parcelBytes) return { memory: bytes, address: addressOf(bytes), length, sent: 0 };
    const parcel = this.take();
    parcel.memory.set(bytes);
    parcel.length = length;
    parcel.sent = 0;
    return parcel;
  }

  giveBack(parcel: Parcel): void {
    if (parcel.memory.length === parcelBytes && this.#pile.length < mostKept) this.#pile.push(parcel);
  }
}
