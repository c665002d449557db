import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { PlanFolder } from '../support/drill.js';

// What is large costs memory by its bytes, not by what is made of them: archbench itself fits into this heap, and
// little more than that.
const heapMb = 40;

async function checkPlan(folder: PlanFolder): Promise<string> {
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
      assert.equal(await checkPlan(folder), 'plan.yml: ok\n');
    });
});
