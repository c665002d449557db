import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { PlanFolder } from '../support/drill.js';

// What is large costs memory by its bytes, not by what is made of them: each of these fits into little more heap than
// archbench itself needs.

async function checkPlan(folder: PlanFolder, heapMb: number): Promise<string> {
  const main = join(import.meta.dirname, '../../src/cli/main.js');
  const argv = [`--max-old-space-size=${heapMb}`, main, 'check', 'plan.yml'];
  return (await promisify(execFile)(process.execPath, argv, { cwd: folder.path })).stdout;
}

const stepWith = (items: string): string =>
  `base: http://127.0.0.1\nplan:\n  - { name: a, request: { url: / }, ${items}, pick: 900000 }\n`;

describe('memory', () => {
  for (const source of ['with_items_from_csv', 'with_items_from_file'])
    it(`is not taken by the rows of a large file (${source})`, async () => {
      using folder = new PlanFolder({
        'rows.csv': `a,b\n${'some,"text, and more"\n'.repeat(1_000_000)}`,
        'plan.yml': stepWith(`${source}: rows.csv`),
      });
      assert.equal(await checkPlan(folder, 40), 'plan.yml: ok\n');
    });

  it('is taken by the steps of a plan, not by the tokens of its text', async () => {
    const step =
      "  - name: a\n    request:\n      url: '/path?user={{ iteration }}'\n      headers:\n        x-a: value\n";
    using folder = new PlanFolder({ 'plan.yml': `base: http://127.0.0.1\nplan:\n${step.repeat(12_000)}` });
    assert.equal(await checkPlan(folder, 65), 'plan.yml: ok\n');
  });
});
