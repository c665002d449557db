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
  create: ({ stages }) => {
    const [first] = stages;
    if (first === undefined) return undefined;
    return first.of === 'rate' ? ratePacer(timelineOf(stages)) : slotsPacer(timelineOf(stages));
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
function ratePacer(segments: readonly Segment[]): Pacer {
  let index = 0;
  let before = 0;
  return {
    loop: 'open',
    endMs: endOf(segments),
    next: (_elapsedMs, started) => {
      for (; index < segments.length; index += 1) {
        const segment = segments[index] as Segment;
        const area = areaOf(segment);
        const wanted = started - before;
        // The last arrival of a segment belongs to the next: each segment is open at its end.
        if (wanted < area) return timeOfArea(segment, wanted);
        before += area;
      }
      return 'done';
    },
  };
}

function endOf(segments: readonly Segment[]): number {
  return segments.at(-1)?.endMs ?? 0;
}

/** The iterations that are due in a segment. */
function areaOf({ startMs, endMs, from, to }: Segment): number {
  return ((from + to) / 2) * ((endMs - startMs) / 1000);
}

/** The time t ≥ 0 with r·t + s·t²/2 = area in a segment, in the form that does not cancel out for small slopes. */
function timeOfArea({ startMs, endMs, from, to }: Segment, area: number): number {
  if (area === 0) return startMs;
  const slope = (to - from) / ((endMs - startMs) / 1000);
  return startMs + (1000 * 2 * area) / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * area)));
}

function slotsPacer(segments: readonly Segment[]): Pacer {
  const endMs = endOf(segments);
  return {
    loop: 'closed',
    endMs,
    next: (elapsedMs) => (elapsedMs >= endMs ? 'done' : elapsedMs),
    slots: (elapsedMs) => {
      const segment = segments.find((candidate) => elapsedMs < candidate.endMs);
      if (segment === undefined) return 0;
      const { startMs, from, to } = segment;
      return Math.round(from + ((to - from) * (elapsedMs - startMs)) / (segment.endMs - startMs));
    },
  };
}
