import { listSteps, listTags, topLevelSteps } from '../../drill/plan/listing.js';
import type { TagFilter } from '../../drill/plan/tags.js';
import { ExitCode } from '../../core/errors.js';
import type { Io } from '../io.js';

/** `--list-tags`: every tag at the top of the plan, sorted. */
export function printTags(path: string, io: Io): number {
  const tags = listTags(topLevelSteps(path, io.cwd));
  if (tags.length === 0) return noItems(io);
  io.stdout.write(`\n${'Tags'.padEnd(15)} ${quoted(tags)}\n`);
  return ExitCode.ok;
}

/** `--list-tasks`: the steps that the tags leave, as YAML. */
export function printSteps(path: string, tags: TagFilter, io: Io): number {
  const steps = listSteps(topLevelSteps(path, io.cwd), tags);
  if (steps.length === 0) return noItems(io);
  const asked = tags.only === undefined ? '' : `${'Tags'.padEnd(15)} ${quoted(tags.only)}\n`;
  const skipped = tags.skip.length === 0 ? '' : `${'Skip-Tags'.padEnd(15)} ${quoted(tags.skip)}\n`;
  io.stdout.write(`\n${asked}${skipped}${steps.map((step) => `- ${step.replaceAll('\n', '\n  ')}\n\n`).join('')}`);
  return ExitCode.ok;
}

function noItems(io: Io): number {
  io.stdout.write('No items\n');
  return ExitCode.runFailed;
}

function quoted(tags: readonly string[]): string {
  return `[${tags.map((tag) => JSON.stringify(tag)).join(', ')}]`;
}
