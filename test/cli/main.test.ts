import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { execPath } from 'node:process';
import { describe, it } from 'node:test';

const main = 'dist/src/cli/main.js';

describe('the process', () => {
  it('says in one sentence that its output cannot be written, and exits 1', { skip: !existsSync('/dev/full') }, () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(execPath, [main, 'modes'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    assert.equal(stderr, 'error: cannot write the output: ENOSPC: no space left on device, write\n');
    assert.equal(status, 1);
  });
});
