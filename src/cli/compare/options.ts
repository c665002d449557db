import { Option, type Command } from 'commander';
import { type ProbeLevel, probeLevels } from '../../compare/probe.js';
import { collect, duration, wholeNumber } from '../option-values.js';

/** Options that say who is driven and how, common to every command that compares. */
export interface BenchOptions {
  readonly modes?: string;
  readonly target: readonly string[];
  readonly ready: string;
  readonly readyTimeout: number;
  readonly pid: readonly string[];
  readonly warmup: number;
  readonly seed?: number;
  readonly transport?: string;
  readonly probe: ProbeLevel;
  readonly exec: boolean;
}

/** Declares {@link BenchOptions} on a command. */
export function declareBenchOptions(program: Command): Command {
  return program
    .argument('<plan>', 'plan file')
    .option('--modes <a,b,c>', 'architectures, with settings where wanted: pooled,pooled:workers=4')
    .option('--target <name=what>', "a server: name=URL, or name='command {port}' to start one", collect, [])
    .option('--ready <path>', 'what a started command answers when it is ready', '/')
    .option('--ready-timeout <time>', 'how long a started command may take', duration('--ready-timeout'), 30_000)
    .option('--pid <name=pid>', 'the process of a running --target, to count its cost', collect, [])
    .option('--warmup <time>', 'how long each server is driven before it counts', duration('--warmup'), 300)
    .option('--seed <n>', 'what all chance follows from (default: random, and reported)', wholeNumber('--seed', 0))
    .option('--transport <id>', 'how requests are sent')
    .option('--no-exec', 'refuse plans that run commands')
    .addOption(
      new Option('--probe <level>', 'how far the answers of all candidates must agree')
        .choices(probeLevels)
        .default('body'),
    );
}
