import { ExitCode } from '../../core/errors.js';
import { printableLines } from '../../core/printable.js';
import { listSteps, listTags, topLevelSteps } from '../../drill/plan/listing.js';
import type { TagFilter } from '../../drill/plan/tags.js';
import type { Io } from '../io.js';

/** `--list-tags`: every tag at the top of the plan, sorted. */
export function printTags(path: string, io: Io): number {
  const steps = topLevelSteps(path, io.cwd);
  return print(steps.length === 0 ? [] : [tagLine('Tags', listTags(steps))], [], io);
}

/** `--list-tasks`: the steps that the tags leave, as YAML. */
export function printSteps(path: string, tags: TagFilter, io: Io): number {
  const steps = listSteps(topLevelSteps(path, io.cwd), tags).map((step) => `${step}\n`);
  const head = [
    ...(tags.only === undefined ? [] : [tagLine('Tags', tags.only)]),
    ...(tags.skip.length === 0 ? [] : [tagLine('Skip-Tags', tags.skip)]),
  ];
  return print(steps, head, io);
}

function print(items: readonly string[], head: readonly string[], io: Io): number {
  io.stdout.write(printableLines(['\n', ...head, ...(items.length === 0 ? ['No items\n'] : items)].join('')));
  return items.length === 0 ? ExitCode.runFailed : ExitCode.ok;
}

function tagLine(label: string, tags: readonly string[]): string {
  return `${label.padEnd(15)} [${tags.map((tag) => JSON.stringify(tag)).join(', ')}]\n`;
}
