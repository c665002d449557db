import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Clock } from '../../src/core/clock.js';
import type { DrillReport } from '../../src/core/results.js';
import { runCli } from './fake-io.js';

/** A folder with plans in it, and `archbench drill` run on them in this process. */
export class PlanFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'archbench-plan-'));

  constructor(files: Readonly<Record<string, string | Buffer>> = {}) {
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  write(name: string, content: string | Buffer): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), content);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  /** Runs `archbench drill` with these arguments, in this folder. */
  drill(argv: readonly string[], options: DrillOptions = {}): Promise<Finished> {
    return runCli(['drill', ...argv], { cwd: this.path, ...options });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

interface DrillOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one plan, given as its text, with some arguments beside it. */
export async function drill(plan: string, argv: readonly string[] = [], options: DrillOptions = {}): Promise<Finished> {
  using folder = new PlanFolder({ 'plan.yml': plan });
  return await folder.drill(['plan.yml', ...argv], options);
}

/** The same, and the report that it made. */
export async function drillReport(
  plan: string,
  argv: readonly string[] = [],
  options: DrillOptions = {},
): Promise<DrillReport & { readonly exitCode: number; readonly stderr: string }> {
  const { exitCode, stdout, stderr } = await drill(plan, ['--format', 'json', ...argv], options);
  return { ...(JSON.parse(stdout) as DrillReport), exitCode, stderr };
}
