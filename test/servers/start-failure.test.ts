import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UserError } from '../../src/core/errors.js';
import { explainStart } from '../../src/servers/start-failure.js';

const place = { host: '::1', port: 80 };

describe('why a server has not started', () => {
  for (const [code, message] of [
    ['EADDRINUSE', /^port 80 of ::1 is in use$/],
    ['EACCES', /^no permission to listen on port 80$/],
    ['EAFNOSUPPORT', /^this machine has no network of the kind that ::1 is an address of$/],
    ['EMFILE', /^to start, the server needs more descriptors( than \d+)? \(ulimit -n\)$/],
    ['ERR_WORKER_INIT_FAILED', /^a thread cannot be started: it needs more memory, or more descriptors/],
  ] as const) {
    it(`is said in one sentence: ${code}`, () => {
      const error = explainStart(Object.assign(new Error('as the kernel says it'), { code }), place);
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      assert.equal(error.exitCode, 1);
    });
  }

  it('keeps a bug a bug', () => {
    const bug = new TypeError('undefined is not a function');
    assert.equal(explainStart(bug, place), bug);
  });
});
