import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { demos } from '../../src/cli/demo.js';
import { runCli } from '../support/fake-io.js';

describe('archbench demo', () => {
  it('names the nearest demo when there is none of that name', async () => {
    const { exitCode, stderr } = await runCli(['demo', 'coordinated-omision']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /unknown demo 'coordinated-omision', did you mean 'coordinated-omission'\?/);
  });

  it('says of every demo what it shows', async () => {
    for (const demo of await demos.all()) assert.match(demo.summary, /^[a-z].*[^.]$/);
  });
});
