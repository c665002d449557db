import { encodeHistogram, mergeHistograms, summarise, type Histogram } from '../core/histogram.js';
import { mergeErrors } from '../core/merge-errors.js';
import type { LatencySummary, StepResult } from '../core/results.js';
import type { GroupSnapshot, RecorderSnapshot } from './recorder.js';

/** The results of one run: every step name, and all together. Snapshots of several threads are added up. */
export function stepResults(
  snapshots: readonly RecorderSnapshot[],
  elapsedMs: number,
): { readonly total: StepResult; readonly steps: readonly StepResult[]; readonly scenarios: LatencySummary } {
  const all = snapshots.flatMap(({ groups }) => groups);
  const dropped = snapshots.reduce((sum, snapshot) => sum + snapshot.dropped, 0);
  const names = [...new Set(all.map(({ name }) => name))];
  const steps = names
    .map((name) =>
      stepResult(
        name,
        all.filter((group) => group.name === name),
        elapsedMs,
      ),
    )
    .filter(({ requests }) => requests > 0);
  return {
    total: { ...stepResult('total', all, elapsedMs), ...droppedOf(dropped) },
    // What was dropped never reached its first step.
    steps: steps.map((step, i) => (i === 0 ? { ...step, ...droppedOf(dropped) } : step)),
    scenarios: summarise(mergeHistograms(snapshots.map(({ scenarios }) => scenarios))),
  };
}

function droppedOf(dropped: number): { readonly dropped?: number } {
  return dropped === 0 ? {} : { dropped };
}

function stepResult(name: string, groups: readonly GroupSnapshot[], elapsedMs: number): StepResult {
  const sum = (key: 'ok' | 'failed' | 'bytesReceived' | 'late' | 'checksPassed' | 'checksFailed'): number =>
    groups.reduce((total, group) => total + group[key], 0);
  const merged = (key: 'latency' | 'failedLatency' | 'headersLatency' | 'service' | 'lateness'): Histogram =>
    mergeHistograms(groups.map((group) => group[key]));
  const latency = merged('latency');
  const failedLatency = merged('failedLatency');
  const requests = sum('ok') + sum('failed');
  const checks = { passed: sum('checksPassed'), failed: sum('checksFailed') };
  const headersLatency = merged('headersLatency');
  const openLoop = groups.some(({ lateness }) => lateness !== '');
  return {
    name,
    requests,
    ok: sum('ok'),
    failed: sum('failed'),
    rps: elapsedMs > 0 ? requests / (elapsedMs / 1000) : 0,
    bytesReceived: sum('bytesReceived'),
    latency: summarise(latency),
    failedLatency: summarise(failedLatency),
    headersLatency: summarise(headersLatency),
    ...(openLoop ? openLoopResult(merged('service'), merged('lateness'), sum('late')) : {}),
    ...(checks.passed + checks.failed > 0 ? { checks } : {}),
    errors: mergeErrors(groups.flatMap(({ errors }) => errors)),
    histogram: encodeHistogram(latency),
    failedHistogram: encodeHistogram(failedLatency),
    headersHistogram: encodeHistogram(headersLatency),
  };
}

function openLoopResult(service: Histogram, lateness: Histogram, late: number): Partial<StepResult> {
  return {
    service: summarise(service),
    lateness: summarise(lateness),
    late,
    dropped: 0,
    serviceHistogram: encodeHistogram(service),
    latenessHistogram: encodeHistogram(lateness),
  };
}
