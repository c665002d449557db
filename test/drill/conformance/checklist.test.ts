import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const folder = new URL('.', import.meta.url);

describe('the checklist of drill compatibility', () => {
  it('has a named test for each of its seventy items', () => {
    const tests = readdirSync(folder)
      .filter((file) => file.endsWith('.test.js'))
      .map((file) => readFileSync(new URL(file, folder), 'utf8'))
      .join('\n');
    const numbers = new Set([...tests.matchAll(/^\s*it\('(\d+)\. /gm)].map(([, number]) => Number(number)));
    const missing = Array.from({ length: 70 }, (_, index) => index + 1).filter((number) => !numbers.has(number));
    assert.deepEqual(missing, []);
  });

  it('is written down in docs/drill-compatibility.md, every item with its number', () => {
    const page = readFileSync('docs/drill-compatibility.md', 'utf8');
    const list = page.slice(page.indexOf('## The checklist'));
    for (let number = 1; number <= 70; number += 1)
      assert.match(list, new RegExp(`(?:\\*\\* |· |·\\n)${number} `), `item ${number}`);
  });
});
