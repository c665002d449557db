import type { MetricId } from '../../core/results.js';

/** Metrics in words. */
export const metricNames: Readonly<Record<MetricId, string>> = {
  rps: 'requests/s',
  p50: 'p50',
  p90: 'p90',
  p99: 'p99',
  cpu: 'CPU time/request',
  ioCalls: 'read and write calls/request',
  switches: 'context switches/request',
  peakRss: 'peak memory',
  errors: 'errors',
};
