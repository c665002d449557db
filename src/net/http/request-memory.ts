import type { ParsedRequest } from './request.js';

const slotCount = 64;
/** Longer heads are parsed each time. */
const longestBytes = 1024;
/** How far a head is looked at to find its slot: past the method, into the target. */
const sampleEnd = 32;

interface Slot {
  /** Of the head that came here last. */
  sample: number;
  /** A head that came twice, and the request it is. */
  known: { readonly bytes: Buffer; readonly request: ParsedRequest } | undefined;
}

/**
 * Requests that have come before. Clients ask for the same things in the same bytes again and again; when the bytes are
 * the same, so is what they mean, and comparing them is several times faster than parsing. A head is kept when it comes
 * for the second time, so that those which never come again cost next to nothing. Owned by one thread, for all of its
 * connections.
 */
export class RequestMemory {
  readonly #slots: readonly Slot[] = Array.from({ length: slotCount }, () => ({ sample: -1, known: undefined }));
  /** Where the head that was looked for in vain may be kept. */
  #vacant: Slot | undefined;

  /** The request that these bytes are, no less and no more, when it is known. */
  recall(bytes: Uint8Array): ParsedRequest | undefined {
    this.#vacant = undefined;
    if (bytes.length > longestBytes) return undefined;
    const sample = sampleOf(bytes);
    const slot = this.#slots[sample & (slotCount - 1)] as Slot;
    if (slot.sample !== sample) {
      slot.sample = sample;
      slot.known = undefined;
      return undefined;
    }
    const { known } = slot;
    if (known?.bytes.equals(bytes) === true) return known.request.copy();
    this.#vacant = slot;
    return undefined;
  }

  /**
   * Keeps the request that `recall` was asked for just before.
   * @param bytes its head, copied; it has no body
   */
  remember(bytes: Uint8Array, request: ParsedRequest): void {
    if (this.#vacant !== undefined) this.#vacant.known = { bytes: Buffer.from(bytes), request: request.copy() };
    this.#vacant = undefined;
  }
}

function sampleOf(bytes: Uint8Array): number {
  let sample = bytes.length;
  const end = Math.min(sample, sampleEnd);
  for (let at = 4; at < end; at += 1) sample = (Math.imul(sample, 31) + (bytes[at] as number)) & 0x7f_ff_ff_ff;
  return sample;
}
