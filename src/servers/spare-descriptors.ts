import { createEventfd } from '../net/sys/eventfd.js';
import { EMFILE, SyscallError } from '../net/sys/errno.js';
import { descriptorLimit } from '../net/sys/limits.js';
import { accept, close } from '../net/sys/socket.js';

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

  /** The next connection of a listening socket; `-EMFILE` where it would take a spare one, or what accept(2) says. */
  accept(listener: number, nonBlocking: boolean): number {
    if (!this.areLeft) return -EMFILE;
    const fd = accept(listener, nonBlocking);
    if (fd >= 0) this.taken(fd);
    return fd;
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
