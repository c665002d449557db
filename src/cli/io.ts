import type { Clock } from '../core/clock.js';

/** A place to write text, and what is known of it. */
export interface Output {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly colour: boolean;
  /** Width in characters; 80 where it is not known. */
  readonly columns: number;
}

/** What asks the program to end: Ctrl-C, `kill`, a terminal that is closed. */
export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/**
 * Everything the program touches of the process it runs in. Only `main.ts` makes one from the real
 * process; tests hand in their own.
 */
export interface Io {
  /** What the user typed after `archbench`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** `v20.19.0` */
  readonly nodeVersion: string;
  /** Results. */
  readonly stdout: Output;
  /** Progress, log, warnings, errors. */
  readonly stderr: Output;
  readonly clock: Clock;
  /** Calls `handler` for each such signal until the returned function is called. */
  readonly onSignal: (handler: (signal: Signal) => void) => () => void;
  /** Sends a signal to a process, or with a negative id to a process group; false when there is none. */
  readonly kill: (pid: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => boolean;
  /** Leaves at once with a code: for the second signal only. */
  readonly exitNow: (code: number) => never;
}
