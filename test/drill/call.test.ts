import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DrillReport } from '../../src/core/results.js';
import { PlanError } from '../../src/drill/plan/diagnostics.js';
import { compilePlan } from '../../src/drill/plan/load.js';
import { PlanSource } from '../../src/drill/plan/source.js';
import { startServer } from '../support/cold-server.js';
import { drill, drillReport, PlanFolder } from '../support/drill.js';
import { eventually } from '../support/eventually.js';
import type { CompareReport } from '../../src/core/results.js';
import { runCli } from '../support/fake-io.js';
import { RawConnection } from '../support/raw-connection.js';

/** A plan that calls with this body, compiled. */
function planOf(body: string): Promise<unknown> {
  const text = `base: tcp://h:1\nplan:\n  - name: a\n    call: { target: /echo, body: ${body} }\n`;
  return compilePlan(new PlanSource('p', 'p', text), { cwd: '/', env: {} });
}

function failuresOf({ total }: DrillReport): unknown[][] {
  return total.errors.map(({ class: kind, message, count }) => [kind, message, count]);
}

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
    assert.deepEqual(failuresOf(report), [['status-4xx', '404 Not Found', 12]]);
    const { connections, requests } = await server.stats();
    assert.deepEqual([connections.accepted, requests], [3, 24]);
  });

  it('keeps a text as a text, also one that would be JSON', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const { stopped, total } = await drillReport(
      `base: tcp://127.0.0.1:${server.port}
plan:
  - name: greeting
    call: { target: /plaintext }
    assign: greeting
  - assert: { key: greeting.body, value: 'Hello, World!' }
    name: is it
  - name: digits
    call: { target: /echo, body: '"5"' }
    assign: digits
  - assert: { key: digits.body, value: '5' }
    name: are they
`,
    );
    assert.deepEqual([stopped, total.ok], [undefined, 2]);
  });

  it('sends whatever YAML holds as JSON, with what is filled in', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const { stopped, total } = await drillReport(
      `base: tcp://127.0.0.1:${server.port}
plan:
  - name: mapping
    call: { target: /echo, body: { unit: '{{ item }}', doses: [1.0, 2, null, true] } }
    with_items: ['say "mg","admin":"true']
    assign: mapping
  - assert: { key: 'mapping.body.unit', value: 'say "mg","admin":"true' }
    name: unit
  - assert: { key: 'mapping.body.doses[1]', value: 2 }
    name: second
  - name: number
    call: { target: /echo, body: 3 }
    assign: number
  - assert: { key: number.body, value: 3 }
    name: same
  - name: tags of YAML's
    call: { target: /echo, body: !!omap [{ bytes: !!binary aGk= }, { day: !!timestamp 2026-11-27 }] }
    assign: tags
  - assert: { key: 'tags.body[0].bytes', value: aGk= }
    name: bytes
  - assert: { key: 'tags.body[1].day', value: '2026-11-27' }
    name: day
`,
    );
    assert.deepEqual([stopped, total.ok], [undefined, 3]);
  });

  it('refuses a body that is no JSON', async () => {
    for (const [body, why] of [
      ['{{ iteration }}', /a key must be a text/],
      ['{ a: !bar x }', /a value with the tag !bar is no JSON/],
      ['{ a: !bar { b: 1 } }', /a value with the tag !bar is no JSON/],
      ['[.inf]', /JSON has no such number/],
      ['1e999', /^p:4:34: error: JSON has no such number$/m],
      ['[-1e999]', /^p:4:35: error: JSON has no such number$/m],
      ['9007199254740993', /JavaScript's: 9007199254740993 would be sent as 9007199254740992$/m],
      ['[-0x20000000000001]', /-0x20000000000001 would be sent as -9007199254740992$/m],
      ['[123456789012345678901]', /123456789012345678901 would be sent as 123456789012345680000$/m],
    ] as const)
      await assert.rejects(planOf(body), (error) => error instanceof PlanError && why.test(error.message), body);
  });

  it('sends a number that JSON cannot hold as the text that it is', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const { stopped, total } = await drillReport(
      `base: tcp://127.0.0.1:${server.port}
plan:
  - name: number
    call: { target: /echo, body: '1e999' }
    assign: number
  - assert: { key: number.body, value: '1e999' }
    name: text
  - name: list
    call: { target: /echo, body: '[1e{{ item }}]' }
    with_items: [999]
    assign: list
  - assert: { key: list.body, value: '[1e999]' }
    name: list as text
  - name: exact
    call: { target: /echo, body: 9007199254740994 }
    assign: exact
  - assert: { key: exact.body, value: 9007199254740994 }
    name: same
`,
    );
    assert.deepEqual([stopped, total.ok], [undefined, 3]);
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
    assert.deepEqual(failuresOf(await drillReport(plan)), [['protocol', 'the server speaks HTTP, not frames', 2]]);
    await server.close();
    assert.deepEqual(failuresOf(await drillReport(plan)), [['connect', 'connection refused', 2]]);
  });

  it('has no time at all with a timeout of 0', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const base = `base: tcp://127.0.0.1:${server.port}`;
    const plan = `${base}\nplan:\n  - name: a\n    call: { target: /1000, timeout: 0 }\n`;
    assert.deepEqual(failuresOf(await drillReport(plan)), [['timeout', 'no response in time', 1]]);
  });

  it('tells what the server has said, and what was not even sent', async () => {
    await using server = await startServer({
      mode: 'event-loop',
      protocol: 'frames',
      set: ['maxBodyBytes=1000', 'maxHeaderBytes=1000'],
    });
    await using full = await startServer({ mode: 'event-loop', protocol: 'frames', set: ['maxConnections=1'] });
    using only = await RawConnection.open(full.port);
    await eventually('it is full', async () => (await full.stats()).connections.open === 1);
    const rows: [port: number, call: string, message: RegExp, kind?: string][] = [
      [full.port, 'target: /json', /^the server refuses the connection: too many connections$/, 'connect'],
      [server.port, "target: '{{ iteration }}'", /^a request needs a target, .* that begins with \/$/],
      [
        server.port,
        `target: /echo, body: ${'x'.repeat(2000)}`,
        /^the server ends the connection: a frame of \d+ bytes exceeds 2000$/,
      ],
    ];
    for (const [port, call, message, kind = 'protocol'] of rows) {
      const report = await drillReport(`base: 127.0.0.1:${port}\nplan:\n  - name: a\n    call: { ${call} }\n`);
      const [[failed, said] = []] = failuresOf(report);
      assert.equal(failed, kind);
      assert.match(String(said), message);
    }
    only.socket.destroy();
  });

  it('checks replies and extracts from them', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const report = await drillReport(
      `base: 127.0.0.1:${server.port}
iterations: 2
plan:
  - name: hello
    call: { target: /json }
    check:
      - status: 200
      - json: { path: message, contains: World }
      - body: { contains: Moon }
    extract: { who: 'Hello, (\\w+)' }
  - name: who
    call: { target: /echo, body: '{{ who }}' }
    check: [body: { equals: World }]
`,
    );
    assert.deepEqual([report.total.ok, report.total.checks], [4, { passed: 6, failed: 2 }]);
    assert.deepEqual(failuresOf(report), [
      ['check', 'hello: body: expected to contain \'Moon\', found \'{"message":"Hello, World!"}\'', 2],
    ]);
  });

  it('is refused before the run where the server is told to speak HTTP, and a request where it is told not to', async () => {
    const call = 'plan:\n  - name: a\n    call: { target: /json }\n';
    const request = 'plan:\n  - name: a\n    request: { url: /json }\n';
    const both = `${call}  - name: b\n    request: { url: /json }\n`;
    const rows: [plan: string, argv: string[], message: RegExp][] = [
      [call, ['--protocol', 'http'], /^plan\.yml:3:21: error: a call is in frames, and the server speaks http$/m],
      [both, [], /^plan\.yml:2:3: error: a server speaks HTTP or frames, and this plan both$/m],
      [request, ['--protocol', 'frames'], /^plan\.yml:3:21: error: a request is HTTP, and the server speaks frames$/m],
      [call, ['--protocol', 'morse'], /unknown protocol 'morse'/],
    ];
    for (const [plan, argv, message] of rows) {
      const { exitCode, stdout, stderr } = await drill(plan, ['--mode', 'event-loop', ...argv]);
      assert.deepEqual([exitCode, stdout], [2, '']);
      assert.match(stderr, message);
    }
  });

  it('is told in full by --verbose', async () => {
    const plan = 'plan:\n  - name: a\n    call: { target: /echo, body: { n: 1 } }\n';
    const { exitCode, stdout, stderr } = await drill(plan, ['--mode', 'event-loop', '--verbose']);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, /^>>> URL: \/echo, METHOD: POST, BODY: \{"n":1\}$/m);
    assert.match(stdout, /^<<< URL: \/echo, STATUS: 200 OK, .* BODY: "\{\\"n\\":1\}"$/m);
  });

  it('is called in stages of the command line, one after the other', async () => {
    const plan = 'plan:\n  - name: a\n    call: { target: /json }\n';
    const stages = ['--stage', 'rate=10/s,for=200ms', '--stage', 'rate=20/s,for=200ms'];
    const { total, exitCode } = await drillReport(plan, ['--mode', 'event-loop', ...stages]);
    assert.deepEqual([exitCode, total.requests], [0, 6]);
  });

  it('is what a server speaks that is started for a plan of calls', async () => {
    const call = 'concurrency: 2\niterations: 10\nplan:\n  - name: a\n    call: { target: /json }\n';
    assert.equal((await drillReport(call, ['--mode', 'event-loop'])).total.ok, 10);
    using folder = new PlanFolder({ 'plan.yml': call });
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const argv = ['compare', 'plan.yml', '--modes', 'event-loop', '--target', `mine=tcp://127.0.0.1:${server.port}`];
    const { exitCode, stdout, stderr } = await runCli([...argv, '--rounds', '1', '--warmup', '0', '--format', 'json'], {
      cwd: folder.path,
    });
    assert.equal(exitCode, 0, stderr);
    const { candidates } = JSON.parse(stdout) as CompareReport;
    assert.deepEqual(
      candidates.map(({ id, requests, failed }) => [id, requests, failed]),
      [
        ['event-loop', 10, 0],
        ['mine', 10, 0],
      ],
    );
    for (const [target, message] of [
      ['a=http://127.0.0.1:1', /--target a: expected a URL that begins with tcp:\/\/, found 'http:/],
      ['a=tcp://127.0.0.1', /--target a: a server such as tcp:.* is expected, found 'tcp:\/\/127\.0\.0\.1'/],
      ['a=tcp://127.0.0.1:1/x', /--target a: a server such as tcp:.* is expected, found 'tcp:.*\/x'/],
    ] as const) {
      const wrong = await runCli(['compare', 'plan.yml', '--target', target], { cwd: folder.path });
      assert.deepEqual([wrong.exitCode, wrong.stdout], [2, '']);
      assert.match(wrong.stderr, message);
    }
  });

  it('is named in the report beside the transport of requests', async () => {
    await using frames = await startServer({ mode: 'event-loop', protocol: 'frames' });
    await using http = await startServer({ mode: 'event-loop' });
    const call = `base: 127.0.0.1:${frames.port}\nplan:\n  - name: a\n    call: { target: /json }\n`;
    const request = `  - name: b\n    request: { url: 'http://127.0.0.1:${http.port}/json' }\n`;
    assert.equal((await drillReport(call)).transport, 'frames');
    assert.equal((await drillReport(call + request, ['--transport', 'undici'])).transport, 'undici + frames');
  });
});
