import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Recorder } from '../../src/drill/recorder.js';
import { stepResults } from '../../src/drill/step-results.js';
import { drill, drillReport } from '../support/drill.js';
import { ScriptedServer } from '../support/scripted-server.js';

describe('very large plans', () => {
  it('have times of their own for a thousand step names; the others are measured together', () => {
    const recorder = new Recorder();
    recorder.begin(0, () => undefined);
    for (let step = 0; step < 50_000; step += 1) recorder.success(recorder.group(`step ${step}`), 0, 0, 1, 2, 10);
    recorder.success(recorder.group('step 999'), 0, 0, 1, 2, 10);
    recorder.success(recorder.group('step 1000'), 0, 0, 1, 2, 10);
    const { steps, total } = stepResults([recorder.snapshot()], 1000);
    assert.deepEqual([total.requests, steps.length], [50_002, 1001]);
    assert.deepEqual(
      steps.slice(998).map(({ name, requests }) => [name, requests]),
      [
        ['step 998', 1],
        ['step 999', 2],
        ['(other steps)', 49_001],
      ],
    );
  });

  it('are refused when more iterations would run at once than any machine can carry', async () => {
    const steps = 'plan:\n  - name: a\n    assign: { key: a, value: b }\n';
    for (const [load, message] of [
      [
        'iterations: 4000000000',
        /^plan\.yml:1:13: error: 4000000000 iterations at once are more .*\n.*\n.*all iterations run at once$/m,
      ],
      ['concurrency: 4000000000\niterations: 4000000000', /^plan\.yml:1:14: error: 4000000000 iterations at once/m],
      ['stages: [{ concurrency: 4000000000, for: 1s }]', /^plan\.yml:1:9: error: 4000000000 iterations at once/m],
    ] as const) {
      const { exitCode, stderr } = await drill(`${load}\n${steps}`);
      assert.deepEqual([exitCode, message.test(stderr)], [2, true], stderr);
    }
    assert.equal((await drill(`iterations: 4000000000\nrate: 100/s\nduration: 50ms\n${steps}`)).exitCode, 0);
  });
});

describe('a warm-up', () => {
  it('counts no checks and asserts of its requests', () => {
    const recorder = new Recorder();
    recorder.begin(1000, () => undefined);
    const group = recorder.group('step');
    for (const dueAt of [999, 1000]) {
      recorder.success(group, dueAt, dueAt, dueAt + 1, dueAt + 2, 10);
      recorder.checksPassed(group, 3, dueAt);
      recorder.checkFailed(group, 'check', 'step: no', dueAt);
      recorder.checkFailed(group, 'assert', 'step: never', dueAt);
    }
    const { total } = stepResults([recorder.snapshot()], 1000);
    assert.equal(total.requests, 1);
    assert.deepEqual(total.checks, { passed: 3, failed: 2 });
    assert.deepEqual(
      total.errors.map(({ message, count }) => [message, count]),
      [
        ['step: no', 1],
        ['step: never', 1],
      ],
    );
  });

  it('ends with the requests that began in it: what looks at them counts as they do', async () => {
    await using server = await ScriptedServer.start((socket) => {
      setTimeout(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), 20);
    });
    const plan = `base: http://127.0.0.1:${server.port}
concurrency: 4
duration: 90ms
warmup: 90ms
plan:
  - name: page
    request: { url: / }
    check: [{ status: 404 }]
    assign: answer
  - name: it is missing
    assert: { key: answer.status, value: 404 }
`;
    const { total } = await drillReport(plan, ['--quiet', '--on-assert-fail', 'continue']);
    assert.deepEqual(total.checks, { passed: 0, failed: 2 * total.requests });
  });
});
