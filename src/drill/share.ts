/**
 * One generator of several that bring a load together. What each does is a pure function of its index: nothing is
 * coordinated while they run.
 */
export interface Share {
  /** 0-based. */
  readonly index: number;
  readonly of: number;
}

/** A generator on its own. */
export const whole: Share = { index: 0, of: 1 };

/** This generator's part of `total` slots: as even as whole numbers allow, all parts together the total. */
export function partOf(total: number, { index, of }: Share): number {
  return Math.floor(total / of) + (index < total % of ? 1 : 0);
}
