/** What polling says when there is nothing yet. */
export const pending = Symbol('pending');

/** A value on its way. Whoever waits for it polls it, and polls it again when woken. */
export interface Future<T> {
  /** The value, or `pending`. Throws where there will be none. */
  readonly poll: () => T | typeof pending;
}
