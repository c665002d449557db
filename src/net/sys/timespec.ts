// Times as the kernel takes them, 8 bytes each: whole seconds, and the rest of a second in a unit of its own. Rounded
// up once, before they are taken apart, so that the rest never makes a whole second (which would be EINVAL).

/** Fills in a `struct timespec`, seconds and nanoseconds. @param ms from 0 */
export function toTimespec(ms: number, into: BigInt64Array): void {
  takeApart(Math.ceil(ms * 1e6), 1e9, into);
}

/** A `struct timeval`, seconds and microseconds. @param ms from 0 */
export function toTimeval(ms: number): BigInt64Array {
  const timeval = new BigInt64Array(2);
  takeApart(Math.ceil(ms * 1e3), 1e6, timeval);
  return timeval;
}

function takeApart(units: number, perSecond: number, into: BigInt64Array): void {
  const rest = units % perSecond;
  into[0] = BigInt((units - rest) / perSecond);
  into[1] = BigInt(rest);
}
