import type { Command } from 'commander';
import type { Variant } from '../core/variants.js';
import type { Io } from './io.js';

/** One sub-command: a file of its own in `commands/`, found by listing that folder. */
export interface CliCommand extends Variant {
  readonly summary: string;
  /**
   * Declares arguments, options and the action on `command`. The action hands its exit code to `exit`; without that it
   * is 0. Heavy modules are imported inside the action, so that `archbench --help` stays quick.
   */
  readonly configure: (command: Command, io: Io, exit: (code: number) => void) => void;
}
