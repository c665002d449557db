import { resolve } from 'node:path';
import type { RegressOptions } from '../../compare/regress.js';
import { ExitCode, UserError } from '../../core/errors.js';
import { nearest } from '../../core/nearest.js';
import type { CompareReport, MetricId, RegressOutcome, Report } from '../../core/results.js';
import { leastRoundsForVerdict } from '../../core/results/compare.js';
import type { Threshold } from '../../core/thresholds.js';
import type { CliCommand } from '../command.js';
import {
  type BenchOptions,
  type ReportOptions,
  type RoundsOptions,
  declareBenchOptions,
  declareReportOptions,
  declareRoundsOptions,
  roundsOf,
} from '../compare/options.js';
import { interruptible } from '../interrupt.js';
import type { Io } from '../io.js';
import { LiveLine } from '../live-line.js';
import { say } from '../say.js';

interface RegressCliOptions extends BenchOptions, RoundsOptions, ReportOptions {
  readonly baseline?: string;
  readonly saveBaseline?: string;
  readonly gate?: string;
  readonly strict?: true;
  readonly allowDifferentMachine?: true;
  readonly confirm: boolean;
}

const command: CliCommand = {
  id: 'regress',
  summary: 'fail a build when a server has become slower than a baseline, and only then',
  configure: (program, io, exit) => {
    program.argument('<plan-or-base>', 'plan file, or the older of two stored results');
    program.argument('[new]', 'the newer of two stored results');
    declareRoundsOptions(declareBenchOptions(program))
      .option('--baseline <file>', 'stored result to hold the server against')
      .option('--save-baseline <file>', 'write the result there, to be a baseline later')
      .option('--gate <a,b>', 'metrics that may fail the build (default: rps,p50,p99,cpu,errors)')
      .option('--strict', `fail (exit ${ExitCode.inconclusive}) also when the noise is too large to tell`)
      .option('--allow-different-machine', 'fail although the baseline was measured on another machine')
      .option('--no-confirm', 'do not run a second time before failing');
    declareReportOptions(program).action(
      async (planOrBase: string, newer: string | undefined, options: RegressCliOptions) =>
        exit(await run(planOrBase, newer, options, io)),
    );
  },
};

export default command;

async function run(first: string, newer: string | undefined, options: RegressCliOptions, io: Io): Promise<number> {
  const { Delivery } = await import('../deliver.js');
  const delivery = await Delivery.prepare(options.format, options.output ?? [], io);
  const { result, exitCode } =
    newer === undefined ? await runPlan(first, options, io) : { result: await storedPair(first, newer, options, io) };
  await delivery.deliver(result);
  const stopped = stoppedOf(result);
  if (stopped === undefined) return exitCode ?? exitCodeOf(result, options);
  say(io, `error: ${stopped}`);
  return exitCode ?? ExitCode.runFailed;
}

/** Half a comparison decides nothing. */
function stoppedOf(report: Report): string | undefined {
  const comparison = report.kind === 'regress' ? report.comparison : report;
  return comparison.kind === 'compare' ? comparison.stopped : undefined;
}

function exitCodeOf(report: Report, { strict }: RegressCliOptions): ExitCode {
  const unlessStrict = strict === true ? ExitCode.inconclusive : ExitCode.ok;
  const codes: Readonly<Record<RegressOutcome, ExitCode>> = {
    pass: ExitCode.ok,
    slower: ExitCode.regressed,
    threshold: ExitCode.thresholdFailed,
    inconclusive: unlessStrict,
    incomparable: unlessStrict,
  };
  return report.kind === 'regress' ? codes[report.outcome] : ExitCode.ok;
}

/** Two results from files: nothing runs. */
async function storedPair(base: string, newer: string, options: RegressCliOptions, io: Io): Promise<Report> {
  refuseRunOptions(options);
  const { regressAgainst } = await import('../../compare/regress.js');
  const baseline = { source: base, report: await readComparison(base, io) };
  return regressAgainst(baseline, await readComparison(newer, io), await regressOptions(options, []));
}

/** What says how to run would do nothing where nothing runs. */
function refuseRunOptions({ modes, target, baseline, saveBaseline, rounds, maxTime, quick }: RegressCliOptions): void {
  const given = Object.entries({ modes, baseline, saveBaseline, rounds, maxTime, quick, target: target?.[0] });
  const [name] = given.find(([, value]) => value !== undefined) ?? [];
  if (name === undefined) return;
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UserError(`--${flag} would do nothing: two stored results are compared as they are`);
}

/** Drives the plan: against a stored baseline, or the second of two candidates against the first. */
async function runPlan(
  planPath: string,
  options: RegressCliOptions,
  io: Io,
): Promise<{ result: Report; exitCode?: ExitCode }> {
  if (/\.json$/i.test(planPath))
    throw new UserError(`${planPath} is a stored result: give the newer one too`, {
      hint: 'archbench regress OLD.json NEW.json, or archbench regress PLAN --baseline OLD.json',
    });
  // A gate that cannot fail is none: so many rounds as a verdict needs, whatever time they take.
  const rounds = roundsOf(options, leastRoundsForVerdict);
  const [{ openBench }, { runComparison }, { pairNames, regressAgainst, regressWithin }, { refuseUnwritable }] =
    await Promise.all([
      import('../compare/bench.js'),
      import('../compare/comparison.js'),
      import('../../compare/regress.js'),
      import('../../core/output-file.js'),
    ]);
  if (options.saveBaseline !== undefined)
    refuseUnwritable(resolve(io.cwd, options.saveBaseline), `--save-baseline ${options.saveBaseline}`);
  const baseline =
    options.baseline === undefined
      ? undefined
      : { source: options.baseline, report: await readComparison(options.baseline, io) };
  const bench = await openBench(planPath, options, io, 'the base of the plan');
  if (baseline === undefined && options.saveBaseline === undefined && bench.candidates.length !== 2)
    throw new UserError('regress needs something to hold the server against', {
      hint: "--baseline FILE, or two candidates: --target base='…' --target head='…'; --save-baseline FILE writes a baseline",
    });
  if (baseline !== undefined)
    pairNames(
      baseline.report.candidates.map(({ id }) => id),
      bench.candidates.map(({ id }) => id),
    );
  const judgeOptions = await regressOptions(options, bench.plan.thresholds);
  const live = new LiveLine(io.stderr);
  return interruptible(io, async (signal): Promise<Report> => {
    await bench.probe(signal, live);
    const drive = (seed: number): Promise<CompareReport> =>
      runComparison(
        bench,
        { candidates: bench.candidates, ...rounds, warmupMs: bench.warmupMs, seed },
        { io, live, signal },
      );
    const report = await drive(bench.seed);
    if (options.saveBaseline !== undefined) await save(options.saveBaseline, report, io);
    const withAgain: RegressOptions = options.confirm
      ? { ...judgeOptions, again: () => drive(bench.seed + 1) }
      : judgeOptions;
    if (baseline !== undefined) return regressAgainst(baseline, report, withAgain);
    return bench.candidates.length === 2 ? regressWithin(report, withAgain) : report;
  });
}

/** A run that did not come to its end is no baseline; it is still reported. */
async function save(file: string, report: CompareReport, io: Io): Promise<void> {
  const { writeWhole } = await import('../../core/output-file.js');
  const because = report.stopped ?? (report.partial ? 'the run was interrupted' : undefined);
  if (because === undefined) writeWhole(resolve(io.cwd, file), `${JSON.stringify(report, undefined, 2)}\n`);
  say(io, because === undefined ? `baseline written to ${file}` : `${file} was not written: ${because}`);
}

async function readComparison(file: string, io: Io): Promise<CompareReport> {
  const { readReport } = await import('../read-report.js');
  const report = readReport(file, io.cwd);
  if (report.kind === 'compare') return report;
  if (report.kind === 'regress') return (await import('../../compare/regress.js')).newSide(report);
  throw new UserError(`${file} is a result of 'archbench ${report.kind}', which has no rounds to compare`, {
    hint: 'archbench regress PLAN --save-baseline FILE writes one that has',
  });
}

async function regressOptions(options: RegressCliOptions, thresholds: readonly Threshold[]): Promise<RegressOptions> {
  const { usualGates } = await import('../../compare/gates.js');
  const { metrics } = await import('../../compare/metrics.js');
  const known = metrics.map(({ id }) => id);
  const gated = options.gate?.split(',').map((name) => metricNamed(name.trim(), known)) ?? usualGates;
  return { gated, thresholds, allowDifferent: options.allowDifferentMachine ?? false };
}

function metricNamed(name: string, known: readonly MetricId[]): MetricId {
  const metric = known.find((id) => id === name);
  if (metric !== undefined) return metric;
  const guess = nearest(name, known);
  throw new UserError(`--gate: unknown metric '${name}'${guess === undefined ? '' : `, did you mean '${guess}'?`}`, {
    hint: `known: ${known.join(', ')}`,
  });
}
