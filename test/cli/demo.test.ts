import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { showStall } from '../../src/cli/demos/coordinated-omission.js';
import { unsupportedReason } from '../../src/net/sys/platform.js';
import { FakeIo, runCli } from '../support/fake-io.js';

describe('archbench demo', () => {
  it('names the nearest demo when there is none of that name', async () => {
    const { exitCode, stderr } = await runCli(['demo', 'coordinated-omision']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /unknown demo 'coordinated-omision', did you mean 'coordinated-omission'\?/);
  });

  it('says of every demo what it shows when none is named', async () => {
    const { exitCode, stdout } = await runCli(['demo']);
    assert.equal(exitCode, 0);
    assert.equal(stdout, 'coordinated-omission  stops a server for 1.4 s and shows who notices\n');
  });
});

describe('the demo coordinated-omission', { skip: unsupportedReason() }, () => {
  it('sees what its text says, in a short run as well', async () => {
    const fake = new FakeIo([]);
    const times = { runMs: 1500, pauseAtMs: 500, pauseMs: 600 };
    const exitCode = await showStall(fake.io, new AbortController().signal, times);
    assert.equal(exitCode, 0, fake.stdoutText);
    assert.match(fake.stdoutText, /stood still for 0\.6 s of a run of 1\.5 s/);
    // A column for each of the three measurements.
    assert.match(fake.stdoutText, /^p90(?: +\S+ [µm]?s){3}$/m);
    assert.match(fake.stdoutText, /^p99(?: +\S+ [µm]?s){3}$/m);
  });
});
