import { answeredPerSecond } from '../core/answered.js';
import { printable } from '../core/printable.js';
import type {
  CapacityTrial,
  ErrorCount,
  Health,
  LatencySummary,
  Report,
  RoundResult,
  ServerCost,
  StepResult,
} from '../core/results.js';
import { sustainingTrial } from './outline/capacity.js';

/** One line of any report: a candidate (where there are several), a step or all steps, a load (in a sweep). */
export interface Measurement {
  readonly candidate?: string;
  /** `total` for all steps together. */
  readonly step: string;
  readonly load?: number;
  readonly requests: number;
  readonly failed: number;
  /** Successful requests per second. */
  readonly rps: number;
  readonly latency: LatencySummary;
  readonly cost?: ServerCost;
  readonly errors: readonly ErrorCount[];
  /** HdrHistogram V2, compressed, base64; empty where only percentiles are known. */
  readonly histogram: string;
  /** Where it is known of this line alone. */
  readonly health?: Health;
  /** Of a trial of a capacity search: whether every objective was. */
  readonly met?: boolean;
  /** What each round brought, of a comparison. */
  readonly rounds?: readonly RoundFigures[];
}

type RoundFigures = Pick<RoundResult, 'requests' | 'failed' | 'rps' | 'latency' | 'cost'>;

/** Every report as flat lines, for forms that know no nesting: CSV, JUnit, benchmark lists, histograms. */
export function measurementsOf(report: Report): Measurement[] {
  switch (report.kind) {
    case 'drill':
      return [report.total, ...report.steps].map(ofDrive);
    case 'compare':
      return report.candidates.flatMap((candidate): Measurement[] => [
        { ...candidate, candidate: candidate.id, step: 'total' },
        ...candidate.steps.map((step) => ({
          ...step,
          candidate: candidate.id,
          step: step.name,
          rounds: candidate.rounds.flatMap(({ steps }) => steps.filter(({ name }) => name === step.name)),
        })),
      ]);
    case 'regress':
      return measurementsOf(report.comparison);
    case 'sweep':
      return report.curves.flatMap(({ id, points }) =>
        points.map((point): Measurement => ({ ...point, candidate: id, step: 'total', errors: [], histogram: '' })),
      );
    case 'capacity':
      return report.candidates.flatMap(({ id, trials }) => {
        const trial = sustainingTrial(trials);
        return trial === undefined ? [] : [ofTrial(id, trial)];
      });
  }
}

/** The same, and of a capacity search every trial instead of the one that counts. */
export function allMeasurementsOf(report: Report): Measurement[] {
  if (report.kind !== 'capacity') return measurementsOf(report);
  return report.candidates.flatMap(({ id, trials }) => trials.map((trial) => ofTrial(id, trial)));
}

/** The rate of a drive itself counts failed requests, too. */
function ofDrive(step: StepResult): Measurement {
  return { ...step, step: step.name, rps: answeredPerSecond(step) };
}

function ofTrial(candidate: string, trial: CapacityTrial): Measurement {
  return { ...trial, candidate, step: 'total', load: trial.rate, errors: [], histogram: '' };
}

/** `event-loop / json`, `json`, `event-loop`. */
export function measurementName({ candidate, step, load }: Measurement): string {
  const parts = [candidate, step === 'total' && candidate !== undefined ? undefined : step, load && `load ${load}`];
  return printable(parts.filter((part) => part !== undefined && part !== 0).join(' / '));
}
