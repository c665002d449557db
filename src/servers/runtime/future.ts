/** What polling says when there is nothing yet. */
export const pending = Symbol('pending');

/**
 * A value on its way. Whoever waits for it polls it, and polls it again when woken. Only files use this interface:
 * `Stream` and `Listener` (io.ts) are polled by the same rule, but have more to say (`peerLost`).
 */
export interface Future<T> {
  /** The value, or `pending`. Throws where there will be none. */
  readonly poll: () => T | typeof pending;
}
