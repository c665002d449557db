import { Option } from 'commander';
import type { TryRate } from '../../compare/capacity.js';
import type { Candidate } from '../../compare/candidate.js';
import { ExitCode, UserError } from '../../core/errors.js';
import { maxRatePerSecond } from '../../core/load-limits.js';
import type { CapacityCandidate, CapacityReport } from '../../core/results.js';
import { type Threshold, parseThreshold } from '../../core/thresholds.js';
import { formatCount } from '../../core/units.js';
import type { CliCommand } from '../command.js';
import {
  type BenchOptions,
  type ReportOptions,
  declareBenchOptions,
  declareReportOptions,
} from '../compare/options.js';
import type { Session } from '../compare/session.js';
import { checkStepLength, holdsIntervals } from '../compare/step-length.js';
import type { Io } from '../io.js';
import { durationFrom, wholeNumber } from '../option-values.js';

interface CapacityOptions extends BenchOptions, ReportOptions {
  readonly slo: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const command: CliCommand = {
  id: 'capacity',
  summary: 'find the highest rate that each server sustains under service-level objectives',
  configure: (program, io, exit) => {
    declareBenchOptions(program.argument('<plan>', 'plan file'))
      .requiredOption('--slo <conditions>', 'what must hold: "p99 < 50ms, errors < 0.1%"')
      .option(
        '--from <rate>',
        'iterations of the plan per second to begin with',
        wholeNumber('--from', 1, maxRatePerSecond),
        100,
      )
      .option('--to <rate>', 'the highest rate to try', wholeNumber('--to', 1, maxRatePerSecond), maxRatePerSecond)
      .addOption(
        new Option('--step <time>', 'how long each rate is held')
          .argParser(durationFrom('--step', 10))
          .default(3000, '3s'),
      );
    declareReportOptions(program).action(async (plan: string, options: CapacityOptions) =>
      exit(await run(plan, options, io)),
    );
  },
};

export default command;

async function run(planPath: string, options: CapacityOptions, io: Io): Promise<number> {
  const objectives = objectivesOf(options.slo);
  if (options.from > options.to) throw new UserError(`--from ${options.from} is higher than --to ${options.to}`);
  checkStepLength(options.step, options.from);
  const { measureAndDeliver } = await import('../compare/session.js');
  const { result, exitCode } = await measureAndDeliver(planPath, options, io, (session) =>
    search(objectives, options, session),
  );
  return exitCode === ExitCode.ok && result.candidates.some(({ sustainedRate }) => sustainedRate === 0)
    ? ExitCode.thresholdFailed
    : exitCode;
}

/** One candidate after the other. What ends the search early keeps what was found until then. */
async function search(
  objectives: readonly Threshold[],
  { from: fromRate, to: toRate, step }: CapacityOptions,
  { bench, live, signal, record }: Session,
): Promise<CapacityReport> {
  const { findCapacity } = await import('../../compare/capacity.js');
  const canBring = (rate: number): boolean => holdsIntervals(step, rate);
  const found: CapacityCandidate[] = [];
  let stopped: string | undefined;
  for (const candidate of bench.candidates) {
    if (signal.aborted || stopped !== undefined) break;
    const tryRate = trier(candidate, step, { bench, live, signal });
    try {
      found.push(await findCapacity(candidate.id, tryRate, { objectives, fromRate, toRate, canBring }));
    } catch (error) {
      if (!(error instanceof UserError) || found.length === 0) throw error;
      stopped = `${candidate.id}: ${error.message}`;
    }
  }
  return {
    ...record(),
    kind: 'capacity',
    objectives: objectives.map(({ text }) => text),
    candidates: found,
    ...(stopped === undefined ? {} : { stopped }),
    warnings: [],
    partial: signal.aborted || stopped !== undefined,
  };
}

/** Each rate on a freshly started server: what an overload left behind is nobody's measurement. */
function trier(
  candidate: Candidate,
  durationMs: number,
  { bench, live, signal }: Pick<Session, 'bench' | 'live' | 'signal'>,
): TryRate {
  return async (ratePerSecond, stage) => {
    live.show(`${candidate.id}: ${stage} at ${formatCount(ratePerSecond)}/s`);
    const drive = await bench.driveWith({ ratePerSecond, durationMs });
    try {
      const server = await candidate.start(signal);
      const report = await drive(server.base, signal).finally(server.close);
      return signal.aborted ? undefined : report;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  };
}

/** @throws {UserError} */
function objectivesOf(text: string): Threshold[] {
  return text.split(',').map((part) => {
    const threshold = parseThreshold(part.trim());
    if ('wrong' in threshold) throw new UserError(`--slo: ${threshold.wrong}`);
    const senseless = whySenseless(threshold);
    if (senseless !== undefined) throw new UserError(`--slo: '${threshold.text}' ${senseless}`);
    return threshold;
  });
}

/** A search for the highest rate needs conditions that are met at low rates and missed at high ones. */
function whySenseless({ metric, operator, limit, inPercent }: Threshold): string | undefined {
  if (metric === 'rps' || metric === 'requests') return 'is what is searched for: expected limits of times or errors';
  if (operator !== '<' && operator !== '<=') return 'is no upper limit: expected < or <=';
  if (limit === 0 && operator === '<') return 'can never be met';
  return inPercent && limit > 100 ? 'is always met' : undefined;
}
