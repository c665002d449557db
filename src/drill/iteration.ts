import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { CookieStore } from './request/cookies.js';
import type { Run } from './run.js';
import { lookUp, type Value } from './value.js';

/**
 * One run through the steps of the plan, with variables and cookies of its own: nothing that one iteration
 * stores is seen by another.
 */
export class Iteration {
  readonly run: Run;
  /** 0-based. */
  readonly number: number;
  /**
   * Open loop: when it was due, on the run's clock. The first request's time counts from here and takes it
   * away; the others are due when the one before has ended.
   */
  dueAt: number | undefined;
  /** When its last request was due: what the steps after it look at belongs to that. */
  requestDueAt: number | undefined;
  /** Made when the first cookie arrives. */
  cookies: CookieStore | undefined;
  // Made when first needed: a plan that stores nothing pays nothing.
  #variables: Map<string, Value> | undefined;
  #random: RandomGenerator | undefined;

  constructor(run: Run, number: number, dueAt?: number) {
    this.run = run;
    this.number = number;
    this.dueAt = dueAt;
  }

  set(name: string, value: Value): void {
    this.#variables ??= new Map();
    this.#variables.set(name, value);
  }

  /** What the plan's `{{ root.path }}` stands for; `undefined` when no step, item or cookie has set it. */
  lookUp(root: string, path: readonly string[]): Value | undefined {
    const stored = this.#variables?.get(root);
    // A stored null is a value.
    const value = stored === undefined ? this.#builtIn(root) : stored;
    if (value === undefined) return undefined;
    return path.length === 0 ? value : lookUp(value, path);
  }

  #builtIn(name: string): Value | undefined {
    switch (name) {
      case 'iteration':
        return String(this.number);
      case 'base':
        return this.run.base;
      case 'cookies':
        return this.cookies?.values();
      default:
        return undefined;
    }
  }

  /** Randomness that follows from the run's seed and the number of the iteration. */
  get random(): RandomGenerator {
    // Neighbouring seeds give unrelated sequences once the bits are spread (2^32 / golden ratio).
    this.#random ??= xoroshiro128plus((this.run.seed ^ Math.imul(this.number + 1, 0x9e_37_79_b1)) | 0);
    return this.#random;
  }
}

/** Names that have a value without any step setting them. */
export const builtInVariables: readonly string[] = ['iteration', 'base', 'cookies', 'item', 'index'];
