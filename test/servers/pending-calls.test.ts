import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { exitOf } from '../../src/servers/processes/exit-of.js';
import { PendingCalls } from '../../src/servers/pending-calls.js';

describe('questions to another process', () => {
  it('get the answer that bears their number', async () => {
    const calls = new PendingCalls<string>();
    const sent: number[] = [];
    const answers = ['a', 'b', 'c'].map(() => calls.ask((call) => sent.push(call)));
    for (const call of sent.toReversed()) calls.answer(call, `answer ${call}`);
    calls.answer(sent[0] as number, 'again');
    calls.answer(99, 'to nobody');
    assert.deepEqual(await Promise.all(answers), ['answer 0', 'answer 1', 'answer 2']);
  });

  it('are not waited for when it has ended', async () => {
    const calls = new PendingCalls<string>();
    const answers = [calls.ask(() => undefined), calls.ask(() => undefined)];
    calls.abandon();
    assert.deepEqual(await Promise.all(answers), [undefined, undefined]);
  });
});

describe('the end of a process', () => {
  it('is its exit code, the signal, or why it never was', async () => {
    assert.equal(await exitOf(spawn(process.execPath, ['-e', 'process.exit(3)'])), 'exit code 3');
    assert.equal(await exitOf(spawn(process.execPath, ['-e', 'process.kill(process.pid, "SIGKILL")'])), 'SIGKILL');
    assert.equal(await exitOf(spawn('/no/such/program')), 'spawn /no/such/program ENOENT');
  });
});
