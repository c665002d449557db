import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startServer } from '../../src/servers/host.js';
import { drillReport } from '../support/drill.js';

describe('the step call:', { timeout: 30_000 }, () => {
  it('calls a server that speaks frames, and keeps the reply', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const report = await drillReport(
      `base: tcp://127.0.0.1:${server.port}
concurrency: 3
iterations: 12
plan:
  - name: echo
    call: { target: /echo, body: '{"dose": 5}' }
    assign: reply
  - name: dose
    assert: { key: reply.body.dose, value: 5 }
  - name: missing
    call: { target: /nowhere }
`,
    );
    assert.equal(report.total.requests, 24);
    assert.equal(report.total.ok, 12);
    assert.deepEqual(
      report.total.errors.map(({ class: kind, message, count }) => [kind, message, count]),
      [['status-4xx', '404 Not Found', 12]],
    );
    const { connections, requests } = await server.stats();
    assert.deepEqual([connections.accepted, requests], [3, 24]);
  });

  it('shares connections when it is told to, and a slow call does not delay quick ones', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const report = await drillReport(
      `base: 127.0.0.1:${server.port}
concurrency: 10
iterations: 10
plan:
  - name: slow
    call: { target: /100, connections: 1, timeout: 700h }
`,
    );
    assert.equal(report.total.ok, 10);
    // One after the other they would take a second.
    assert.ok(report.total.latency.maxUs < 900_000, String(report.total.latency.maxUs));
    assert.equal((await server.stats()).connections.accepted, 1);
  });

  it('counts what fails by its kind', async () => {
    const server = await startServer({ mode: 'event-loop', protocol: 'http' });
    const plan = `base: tcp://127.0.0.1:${server.port}\niterations: 2\nplan:\n  - name: a\n    call: { target: /json }\n`;
    const wrong = await drillReport(plan);
    assert.deepEqual(
      wrong.total.errors.map(({ class: kind }) => kind),
      ['protocol'],
    );
    await server.close();
    const refused = await drillReport(plan);
    assert.deepEqual(
      refused.total.errors.map(({ class: kind, message, count }) => [kind, message, count]),
      [['connect', 'connection refused', 2]],
    );
  });
});
