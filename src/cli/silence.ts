import type { DrillReport } from '../core/results.js';
import { answeredOf } from '../core/answered.js';

/** What to say of a run in which requests were sent, and nobody has answered any. */
export function silenceOf({ total }: DrillReport): string | undefined {
  if (total.requests === 0 || answeredOf(total) > 0) return undefined;
  return `not one request was answered: ${total.errors[0]?.message ?? ''}`;
}
