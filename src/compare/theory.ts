import type { CompareStep, TheoryBound } from '../core/results.js';

/**
 * The response time of a request with nobody else there, in microseconds: the quickest answer of each step, as often
 * as the plan asks for it. 0 when nothing was answered.
 */
export function unloadedTimeUs(steps: readonly Pick<CompareStep, 'requests' | 'failed' | 'latency'>[]): number {
  const answered = steps.filter(({ requests, failed }) => requests > failed);
  const requests = answered.reduce((sum, step) => sum + step.requests, 0);
  return requests === 0 ? 0 : answered.reduce((sum, step) => sum + step.requests * step.latency.minUs, 0) / requests;
}

/** Both sides of the law are measured, at different times. */
const mostShare = 1.05;

/**
 * The most requests per second that a closed loop can bring, by the operational laws:
 *
 *     X <= min( clients / R0,  cores / D )
 *
 * R0 is the response time with nobody else there, D the processor time of a request.
 *
 * Denning and Buzen, The Operational Analysis of Queueing Network Models, ACM Computing Surveys 10 (1978).
 */
export function theoryBound(measured: {
  readonly clients: number;
  readonly cores: number;
  readonly rps: number;
  readonly steps: readonly Pick<CompareStep, 'requests' | 'failed' | 'latency'>[];
  readonly cpuUsPerRequest: number | undefined;
}): TheoryBound | undefined {
  const unloadedUs = unloadedTimeUs(measured.steps);
  const byClients = unloadedUs > 0 ? (measured.clients / unloadedUs) * 1e6 : Infinity;
  const byCores = measured.cpuUsPerRequest ? (measured.cores / measured.cpuUsPerRequest) * 1e6 : Infinity;
  const boundRps = Math.min(byClients, byCores);
  const share = measured.rps / boundRps;
  // Nobody reaches more than can be: its parts are those of too few requests.
  if (!Number.isFinite(boundRps) || boundRps === 0 || share > mostShare) return undefined;
  return { boundRps, limit: byClients < byCores ? 'clients' : 'cores', share };
}
