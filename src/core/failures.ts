/** What was sent, and what of it failed. */
interface Counts {
  readonly requests: number;
  readonly failed: number;
}

/**
 * Half a point of its requests: who fails this much more often than another wins nothing against it. So much is no
 * accident, and the rest is of another service than was asked for.
 */
export const tolerablePoints = 0.5;

/** Who was asked nothing has shown nothing. */
export function failedPercent({ requests, failed }: Counts): number {
  return requests === 0 ? 100 : (failed / requests) * 100;
}

/** Whether one did so much less of its work than another that no better figure of it counts. */
export function failsMore(one: Counts, another: Counts): boolean {
  return failedPercent(one) - failedPercent(another) > tolerablePoints;
}

/** Whether somebody of them fails less: then this one comes after all of whom that is not true. */
export function failsMoreThanSomebody(one: Counts, all: readonly Counts[]): boolean {
  return all.some((other) => failsMore(one, other));
}
