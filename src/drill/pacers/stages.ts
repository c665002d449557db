import type { Pacer, PacerKind, Stage } from '../pacer.js';

/**
 * A load that changes: steps and ramps of the rate (open loop) or of the concurrency (closed loop), one after the
 * other.
 *
 *     1000/s          ┌────┐         stages:
 *                   ╱ │    │           - { rate: 100/s, for: 10s }
 *      100/s ┌────╱   │    │           - { rate: 1000/s, for: 30s, ramp: linear }
 *            │        │    └─          - { rate: 1000/s, for: 10s }
 */
const stagesKind: PacerKind = {
  id: 'stages',
  create: ({ stages, iterations = Number.POSITIVE_INFINITY }) => {
    const [first] = stages;
    if (first === undefined) return undefined;
    return first.of === 'rate' ? ratePacer(timelineOf(stages), iterations) : slotsPacer(timelineOf(stages), iterations);
  },
};

export default stagesKind;

/** A stretch of time over which a value goes in a straight line. */
interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly from: number;
  readonly to: number;
}

function timelineOf(stages: readonly Stage[]): readonly Segment[] {
  const segments: Segment[] = [];
  let startMs = 0;
  let last = 0;
  for (const { target, forMs, ramp } of stages) {
    const endMs = startMs + forMs;
    segments.push({ startMs, endMs, from: ramp === 'linear' ? last : target, to: target });
    startMs = endMs;
    last = target;
  }
  return segments;
}

/**
 * Iteration i is due when the area under the rate has reached i: in a segment that begins with rate r, slope s and n
 * arrivals before it, the time t with r·t + s·t²/2 = i − n.
 */
function ratePacer(segments: readonly Segment[], iterations: number): Pacer {
  let index = 0;
  let before = 0;
  return {
    loop: 'open',
    endMs: endOf(segments, iterations),
    next: (_elapsedMs, started) => {
      if (started >= iterations) return 'done';
      for (; index < segments.length; index += 1) {
        const segment = segments[index] as Segment;
        const { startMs, endMs, from, to } = segment;
        const seconds = (endMs - startMs) / 1000;
        const area = ((from + to) / 2) * seconds;
        const wanted = started - before;
        // The last arrival of a segment belongs to the next: each segment is open at its end.
        if (wanted < area) return startMs + 1000 * timeOfArea(from, (to - from) / seconds, wanted);
        before += area;
      }
      return 'done';
    },
  };
}

/** When the area under the rate has reached so many iterations; at the latest when the last segment ends. */
function endOf(segments: readonly Segment[], iterations: number): number {
  let left = iterations;
  for (const { startMs, endMs, from, to } of segments) {
    const seconds = (endMs - startMs) / 1000;
    const area = ((from + to) / 2) * seconds;
    if (left <= area) return startMs + 1000 * timeOfArea(from, (to - from) / seconds, left);
    left -= area;
  }
  return segments.at(-1)?.endMs ?? 0;
}

/** The time t ≥ 0 with r·t + s·t²/2 = area, in the form that does not cancel out for small slopes. */
function timeOfArea(rate: number, slope: number, area: number): number {
  if (area === 0) return 0;
  return (2 * area) / (rate + Math.sqrt(Math.max(0, rate * rate + 2 * slope * area)));
}

function slotsPacer(segments: readonly Segment[], iterations: number): Pacer {
  const endMs = segments.at(-1)?.endMs ?? 0;
  return {
    loop: 'closed',
    endMs,
    next: (elapsedMs, started) => (elapsedMs >= endMs || started >= iterations ? 'done' : elapsedMs),
    slots: (elapsedMs) => {
      const segment = segments.find((candidate) => elapsedMs < candidate.endMs);
      if (segment === undefined) return 0;
      const { startMs, from, to } = segment;
      return Math.round(from + ((to - from) * (elapsedMs - startMs)) / (segment.endMs - startMs));
    },
  };
}
