import type { Clock } from '../core/clock.js';
import type { Iteration } from './iteration.js';
import type { StepObserver } from './observer.js';
import type { PlanNode } from './plan/node.js';
import type { Recorder } from './recorder.js';
import type { Targets } from './request/target.js';
import type { Transport } from './transport.js';

/** What the steps of one run share. */
export interface Run {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly recorder: Recorder;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prefix of URLs that begin with `/`. */
  readonly base: string;
  readonly seed: number;
  /** How many iterations there will be, where that is known. */
  readonly iterations: number | undefined;
  /** How long a request may take when its step does not say. */
  readonly timeoutMs: number;
  /** Names that a step, an item list or the iteration itself may give a value to. */
  readonly settable: ReadonlySet<string>;
  /** Those of them that a step itself gives a value to. */
  readonly reassigned: ReadonlySet<string>;
  /** Where URLs lead. */
  readonly targets: Targets;
  /** Whether cookies of one request can matter to another: there is more than one in an iteration. */
  readonly keepsCookies: boolean;
  /** Whether the headers of every response are looked at: for cookies, or by who observes. */
  readonly keepsHeaders: boolean;
  /** Whether whoever observes looks at the body of every response. */
  readonly keepsBodies: boolean;
  /** Told of every step; absent when nobody listens, so that nobody pays. */
  readonly observer: StepObserver | undefined;
  /** Aborts when nothing new may begin: an interrupt, a failed assert. */
  readonly stopping: AbortSignal;
  /** Aborts when what is still running must end too. */
  readonly ending: AbortSignal;
  /** Has `release` called when the run has ended, for what a step holds open. */
  readonly onEnd: (release: () => Promise<void>) => void;
  /** Counts a failed assert of a step. @throws {StopRun} when the run must not go on after it */
  readonly assertFailed: (step: string, iteration: Iteration, message: string) => void;
  /** The text for a variable that nothing defines: empty in a relaxed run. @throws {StopRun} otherwise */
  readonly unknownVariable: (name: string, at: PlanNode, iteration: number) => string;
}

/** A step of the plan, ready to run: what is returned, if anything, must be awaited. */
export type Step = (iteration: Iteration) => void | Promise<void>;

/** A compiled step of a plan; makes the step for one run. */
export type Blueprint = (run: Run) => Step;

/** Ends the whole run from within a step: no more iterations, but everything measured so far is kept. */
export class StopRun extends Error {
  override readonly name = 'StopRun';
}
