import type { Driver } from '../runtime.js';

/** A descriptor that is watched, and what is to happen when it is ready. */
export interface Source {
  readonly fd: number;
  /** What it waits for now; selectors that are told of every change of readiness need not ask. */
  readonly wantsRead: boolean;
  readonly wantsWrite: boolean;
  /**
   * The kernel says that it can be read or written without waiting. Tasks are woken here, never polled, so while a selector
   * hands out what it was told nothing is added and nothing removed: no event can be for a descriptor that has been
   * closed, or for another one that was given its number.
   * @param ended the peer sends no more: reading will come to the end of the stream
   */
  readonly onReady: (readable: boolean, writable: boolean, ended: boolean) => void;
}

/**
 * A driver that learns which descriptors are ready. How it learns that is the difference between `nonblocking`, `poll`
 * and `reactor`.
 */
export interface Selector extends Driver {
  readonly add: (source: Source) => void;
  /** To be called before its descriptor is closed; nothing is told of it afterwards. */
  readonly remove: (source: Source) => void;
  readonly close: () => void;
}
