import type { StepResult } from './results.js';

/** Refusing quickly is no throughput: the rate of a drive's step without its failed requests. */
export function answeredPerSecond({ requests, failed, rps }: Pick<StepResult, 'requests' | 'failed' | 'rps'>): number {
  return requests === 0 ? 0 : (rps * (requests - failed)) / requests;
}

/** How many requests brought a response, whatever its status. */
export function answeredOf({ ok, errors }: Pick<StepResult, 'ok' | 'errors'>): number {
  return errors.reduce((sum, error) => sum + (error.class.startsWith('status-') ? error.count : 0), ok);
}
