import type { Command } from 'commander';
import type { Variant } from '../core/variants.js';
import type { Io } from './io.js';

/** One sub-command: a file of its own in `commands/`, found by listing that folder. */
export interface CliCommand extends Variant {
  readonly summary: string;
  /**
   * Declares arguments and options on `command` and returns what runs when it is chosen; that resolves to
   * the exit code. Heavy modules are imported inside, so that `archbench --help` stays quick.
   */
  readonly configure: (command: Command, io: Io, exit: (code: number) => void) => void;
}
