import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Candidate, Drive } from '../../compare/candidate.js';
import { probe } from '../../compare/probe.js';
import type { ProcessSource } from '../../compare/process-tree.js';
import { ExitCode, UserError } from '../../core/errors.js';
import type { Environment, PlanReference } from '../../core/results.js';
import { formatDiagnostic } from '../../drill/plan/diagnostics.js';
import { type CompiledPlan, loadPlan, protocolOf } from '../../drill/plan/load.js';
import type { Overrides } from '../../drill/plan/settings.js';
import { type RunOptions, runPlan } from '../../drill/run-plan.js';
import { processCpuUs } from '../../net/sys/cpu-clock.js';
import { unsupportedReason } from '../../net/sys/platform.js';
import { environmentOf } from '../environment.js';
import type { Io } from '../io.js';
import type { LiveLine } from '../live-line.js';
import { askWith } from './ask.js';
import { modeCandidates } from './modes.js';
import type { BenchOptions } from './options.js';
import { targetCandidates } from './targets.js';

/** A plan and the candidates to drive with it: what every command that compares begins with. */
export interface Bench {
  readonly plan: CompiledPlan;
  /** What reports say of the plan. */
  readonly planReference: PlanReference;
  readonly candidates: readonly Candidate[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
  readonly environment: Environment;
  readonly seed: number;
  /** How long each drive warms up. */
  readonly warmupMs: number;
  readonly processes: ProcessSource;
  /** Drives with the plan as it stands. */
  readonly drive: Drive;
  /** Drives with another load than the plan's. */
  readonly driveWith: (overrides: Overrides) => Promise<Drive>;
  /** Makes sure that all candidates answer alike. @throws {UserError} */
  readonly probe: (signal: AbortSignal, live: LiveLine) => Promise<void>;
}

/** Long enough for code to be compiled and connections to be made. */
const usualWarmupMs = 300;

/** Who is driven when the command line names nobody. */
type Otherwise = 'every mode' | 'the base of the plan';

/** @throws {UserError} for a wrong plan, candidate or option */
export async function openBench(
  planPath: string,
  options: BenchOptions,
  io: Io,
  otherwise: Otherwise = 'every mode',
): Promise<Bench> {
  const load = (overrides: Overrides): Promise<CompiledPlan> =>
    loadPlan(planPath, {
      cwd: io.cwd,
      env: io.env,
      overrides: { ...overrides, serverFollows: true },
      refuseCommands: !options.exec,
    });
  const asked = await load({});
  const warmupMs = options.warmup ?? (asked.load.warmupMs || usualWarmupMs);
  const plan = await load({ warmupMs });
  for (const warning of plan.warnings) io.stderr.write(`${formatDiagnostic(warning)}\n`);
  const fallback = otherwise === 'every mode' ? undefined : plan.base;
  const { candidates, skipped } = await candidatesOf(options, plan, io, fallback);
  const environment = environmentOf(io);
  const seed = options.seed ?? Math.floor(Math.random() * 1e6);
  const runOptions: RunOptions = {
    env: io.env,
    environment,
    argv: io.argv,
    clock: io.clock,
    seed,
    ...(options.transport === undefined ? {} : { transport: options.transport }),
  };
  const driveOf =
    (loaded: CompiledPlan): Drive =>
    (base, signal, onRunning) =>
      runPlan(loaded, { ...runOptions, base, signal, ...(onRunning === undefined ? {} : { onRunning }) });
  return {
    plan,
    planReference: { path: plan.path, hash: plan.hash, ...textOf(planPath, io.cwd) },
    candidates,
    skipped,
    environment,
    seed,
    warmupMs,
    processes: { proc: '/proc', ...(unsupportedReason() === undefined ? { cpuUs: processCpuUs } : {}) },
    drive: driveOf(plan),
    driveWith: async (overrides) => driveOf(await load({ warmupMs, ...overrides })),
    probe: async (signal, live) => {
      const once = await load({ iterations: 1, concurrency: 1, rampMs: 0, warmupMs: 0 });
      const show = (id: string): void => live.show(`probing ${id}: does it answer as the others do?`);
      try {
        await probe(candidates, askWith(once, runOptions), options.probe, signal, show);
      } finally {
        live.clear();
      }
    },
  };
}

/** The text of the plan, unless it is so long that nobody would read it in a report. */
function textOf(path: string, cwd: string): { readonly text?: string } {
  const text = readFileSync(resolve(cwd, path), 'utf8');
  return text.length <= 20_000 ? { text } : {};
}

/** @param fallback URL of the one server to drive when the command line names nobody; absent: every mode */
async function candidatesOf(
  options: BenchOptions,
  plan: CompiledPlan,
  io: Io,
  fallback: string | undefined,
): Promise<Pick<Bench, 'candidates' | 'skipped'>> {
  const protocol = protocolOf(plan);
  const { target = [], pid: pids = [], readyTimeout: readyTimeoutMs } = options;
  const named = target.length > 0 || options.modes !== undefined;
  if (!named && fallback === '')
    throw new UserError('nobody to drive: the plan has no base', { hint: 'name a server with --target or --modes' });
  const wanted = named || fallback === undefined ? target : [`server=${fallback}`];
  const targets = targetCandidates(wanted, { protocol, ready: options.ready, readyTimeoutMs, pids }, io);
  // Whoever names only targets wants only these.
  const onlyTargets = options.modes === undefined && targets.length > 0;
  if (onlyTargets && options.app !== undefined)
    throw new UserError('--app needs --modes: a target serves what it likes', { hint: '--modes event-loop,pooled' });
  const modes = onlyTargets
    ? { candidates: [], skipped: [] }
    : await modeCandidates(options.modes, {
        protocol,
        callConnections: plan.callConnections,
        ...(options.app === undefined ? {} : { app: resolve(io.cwd, options.app) }),
      });
  const candidates = [...modes.candidates, ...targets];
  const [left] = modes.skipped;
  if (candidates.length === 0 && left !== undefined)
    throw new UserError(`mode '${left.id}' cannot run here: ${left.reason}`, { exitCode: ExitCode.runFailed });
  const ids = candidates.map(({ id }) => id);
  const twice = ids.find((id, place) => ids.indexOf(id) !== place);
  if (twice !== undefined) throw new UserError(`two candidates are called '${twice}'`);
  return { candidates, skipped: modes.skipped };
}
