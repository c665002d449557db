import type { ExitCode } from '../core/errors.js';
import type { Generated, GenerateOptions, GeneratorProgress } from './generate.js';
import type { PlanRecipe } from './plan/load.js';
import type { Share } from './share.js';

// Everything that crosses between the main thread and a generator thread. Plain data only.

export interface GeneratorTask {
  readonly recipe: PlanRecipe;
  readonly share: Share;
  readonly options: GenerateOptions;
}

/** `go`: everybody is ready, start. `end`: end early, before `go` too. */
export type ToGenerator = 'go' | 'end';

export type FromGenerator =
  | { readonly kind: 'ready' }
  /** `latency` is an encoded histogram. */
  | { readonly kind: 'second'; readonly second: number; readonly failed: number; readonly latency: string }
  | { readonly kind: 'progress'; readonly progress: GeneratorProgress }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'stopped'; readonly reason: string }
  | { readonly kind: 'done'; readonly generated: Generated }
  /** A user's mistake found out in the thread; anything else ends the thread with its error. */
  | {
      readonly kind: 'refused';
      readonly message: string;
      readonly hint: string | undefined;
      readonly exitCode: ExitCode;
    };
