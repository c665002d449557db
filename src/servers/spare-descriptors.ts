import { createEventfd } from '../net/sys/eventfd.js';
import { SyscallError } from '../net/sys/errno.js';
import { descriptorLimit } from '../net/sys/limits.js';
import { close } from '../net/sys/socket.js';

/** What a server opens beside connections: files, mostly. */
export const spareDescriptors = 8;

/**
 * Keeps the last descriptors away from those who come: whoever is connected already shall be served, and that may take
 * one. Of the thread that accepts.
 */
export class SpareDescriptors {
  /** The kernel gives out the lowest number that is free: from this one on they are spare. */
  readonly #first = Math.max(descriptorLimit() - spareDescriptors, lowestFree() + 1);
  /** There has been a connection right before them: one that leaves makes a hole, behind which there may be no more. */
  #isNear = lowestFree() + 1 >= this.#first;

  /** Whether a connection may be accepted. */
  get areLeft(): boolean {
    return !this.#isNear || lowestFree() < this.#first;
  }

  /** A connection has been given this one. */
  taken(fd: number): void {
    this.#isNear ||= fd + 1 >= this.#first;
  }
}

function lowestFree(): number {
  try {
    const fd = createEventfd();
    close(fd);
    return fd;
  } catch (error) {
    if (error instanceof SyscallError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
