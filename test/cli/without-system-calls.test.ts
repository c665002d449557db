import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CompareReport, DrillReport } from '../../src/core/results.js';
import { ExitCode } from '../../src/core/errors.js';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const reason = 'needs Linux, this is darwin';

/** What every process and thread runs first: from then on the machine is no Linux. */
const elsewhere = `data:text/javascript,${encodeURIComponent(`
  import os from 'node:os';
  import { syncBuiltinESMExports } from 'node:module';
  os.platform = () => 'darwin';
  syncBuiltinESMExports();
`)}`;

const cwd = mkdtempSync(join(tmpdir(), 'archbench-elsewhere-'));
after(() => rmSync(cwd, { recursive: true }));
writeFileSync(
  join(cwd, 'plan.yml'),
  'concurrency: 2\niterations: 10\nplan:\n  - name: json\n    request: { url: /json }\n',
);

async function archbench(...argv: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const env = { ...process.env, NODE_OPTIONS: `--import=${elsewhere}` };
  const child = spawn(process.execPath, [main, ...argv], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { exitCode, stdout, stderr };
}

describe('where system calls cannot be made', { timeout: 60_000 }, () => {
  it('modes says of each architecture that needs them why it is not here', async () => {
    const { stdout } = await archbench('modes');
    const lines = stdout.trimEnd().split('\n');
    const here = lines.filter((line) => !line.endsWith(`; not here: ${reason}`)).map((line) => line.split(' ')[0]);
    assert.deepEqual(here, ['cluster', 'event-loop', 'node-http']);
  });

  it('serve says it in one line', async () => {
    assert.deepEqual(await archbench('serve', '--mode', 'reactor', '--port', '0'), {
      exitCode: ExitCode.runFailed,
      stdout: '',
      stderr: `error: mode 'reactor' cannot run here: ${reason}\n`,
    });
  });

  it('compare goes on with the others, also of those it was asked for', async () => {
    const modes = ['--modes', 'reactor,event-loop,pooled:workers=1'];
    const quick = ['--rounds', '1', '--warmup', '0', '--format', 'json'];
    const { exitCode, stdout, stderr } = await archbench('compare', 'plan.yml', ...modes, ...quick);
    assert.equal(exitCode, 0, stderr);
    const report = JSON.parse(stdout) as CompareReport;
    assert.deepEqual(
      report.candidates.map(({ id }) => id),
      ['event-loop'],
    );
    assert.deepEqual(report.skipped, [
      { id: 'reactor', reason },
      { id: 'pooled:workers=1', reason },
    ]);
  });

  it('compare says why when none is left', async () => {
    assert.deepEqual(await archbench('compare', 'plan.yml', '--modes', 'reactor,poll'), {
      exitCode: ExitCode.runFailed,
      stdout: '',
      stderr: `error: mode 'reactor' cannot run here: ${reason}\n`,
    });
  });

  it('drill works by undici', async () => {
    const { exitCode, stdout, stderr } = await archbench(
      'drill',
      'plan.yml',
      '--mode',
      'node-http',
      '--format',
      'json',
    );
    assert.equal(exitCode, 0, stderr);
    const report = JSON.parse(stdout) as DrillReport;
    assert.deepEqual([report.total.requests, report.total.failed, report.transport], [10, 0, 'undici']);
  });
});
