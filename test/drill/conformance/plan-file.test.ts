import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { drill, drillReport, PlanFolder } from '../../support/drill.js';
import { LoggingServer } from '../../support/logging-server.js';

// Items 1 to 12 of the checklist in docs/drill-compatibility.md: the plan file and its settings.

const server = await LoggingServer.start();
after(() => server[Symbol.asyncDispose]());
beforeEach(() => server.forget());

const get = (url = '/'): string => `  - name: get\n    request:\n      url: ${url}\n`;

describe('drill conformance: plan file and settings', () => {
  it('1. a plan without `plan`, or whose `plan` is not a list, exits 1, names the key, sends nothing', async () => {
    for (const text of [
      `base: ${server.url}\n`,
      `base: ${server.url}\nplan: 5\n`,
      `base: ${server.url}\nplan:\n  a: b\n`,
    ]) {
      const { exitCode, stderr } = await drill(text);
      assert.equal(exitCode, 1, text);
      assert.match(stderr, /'plan'/);
    }
    assert.deepEqual(server.lines, []);
  });

  it('2. `plan: []`, or a filter that leaves nothing, exits 1 with "Empty benchmark"', async () => {
    const empty = await drill(`base: ${server.url}\nplan: []\n`);
    const filtered = await drill(`base: ${server.url}\nplan:\n${get()}`, ['--tags', 'other']);
    for (const { exitCode, stderr } of [empty, filtered]) {
      assert.equal(exitCode, 1);
      assert.match(stderr, /Empty benchmark/);
    }
    assert.deepEqual(server.lines, []);
  });

  it('3. a missing plan file or invalid YAML exits non-zero before the header (here 2)', async () => {
    using folder = new PlanFolder({ 'bad.yml': 'plan: [\nbase: x' });
    const missing = await folder.drill(['absent.yml']);
    const invalid = await folder.drill(['bad.yml']);
    assert.deepEqual([missing.exitCode, missing.stdout], [2, '']);
    assert.match(missing.stderr, /cannot read the plan 'absent.yml': there is no such file/);
    assert.deepEqual([invalid.exitCode, invalid.stdout], [2, '']);
    assert.match(invalid.stderr, /^bad\.yml:2:\d+: error: not valid YAML: /m);
  });

  it('4. a file with leading comments and a `---` line loads; later documents are ignored', async () => {
    const { exitCode } = await drill(
      `# a comment\n\n---\nbase: ${server.url}\nplan:\n${get('/first')}---\nplan:\n${get('/second')}`,
    );
    assert.equal(exitCode, 0);
    assert.deepEqual(server.lines, ['GET /first']);
    await drill(`---\n---\n# nothing\n---\nbase: ${server.url}\nplan:\n${get('/third')}`);
    assert.deepEqual(server.lines, ['GET /first', 'GET /third']);
  });

  it('5. duplicate keys are an error; aliases work; `<<` does not merge; unknown keys are ignored (with a warning)', async () => {
    const twice = await drill(`base: ${server.url}\nbase: ${server.url}\nplan:\n${get()}`);
    assert.equal(twice.exitCode, 2);
    assert.match(twice.stderr, /^plan\.yml:2:1: error: this key stands here twice/m);
    const { exitCode, stderr } = await drill(`
base: ${server.url}
threads: 4
shared: &shared { method: POST, body: x }
url: &url /alias
plan:
  - name: get
    request:
      url: *url
      <<: *shared
`);
    assert.equal(exitCode, 0);
    assert.match(stderr, /^plan\.yml:3:1: warning: unknown key 'threads'/m);
    assert.deepEqual(server.lines, ['GET /alias']);
  });

  it('6. the lines of a quoted text need no indentation; what stands after it keeps its place', async () => {
    const text = `base: ${server.url}
plan:
  - name: post
    request: { url: /q, method: POST, body: "one

two
x: \\"y\\"
- z
  # not
", headers: { a: 'it''s
w' } }
`;
    const { exitCode, stderr } = await drill(text);
    assert.equal(exitCode, 0, stderr);
    assert.equal(server.requests[0]?.body.toString(), 'one\ntwo x: "y" - z # not ');
    assert.equal(server.requests[0]?.headers['a'], "it's w");
    const wrong = await drill(`${text}    delay: { seconds: -1 }\n`);
    assert.match(wrong.stderr, /^plan\.yml:12:\d+: /m);
    const unclosed = await drill(`base: ${server.url}\nplan:\n  - name: "one\ntwo\n`);
    assert.equal(unclosed.exitCode, 2);
    assert.match(unclosed.stderr, /^plan\.yml:\d+:\d+: error: not valid YAML: missing closing "quote/m);
  });

  it('6. CRLF plan files load', async () => {
    const { exitCode } = await drill(`base: ${server.url}\nplan:\n${get('/crlf')}`.replaceAll('\n', '\r\n'));
    assert.equal(exitCode, 0);
    assert.deepEqual(server.lines, ['GET /crlf']);
  });

  it('7. without iterations, concurrency and rampup the run is 1, 1, 0', async () => {
    const { stdout } = await drill(`base: ${server.url}\nplan:\n${get()}`);
    assert.match(stdout, /^Concurrency 1\nIterations 1\nRampup 0\n/);
    assert.equal(server.requests.length, 1);
  });

  it('8. without concurrency all iterations may run at once', async () => {
    let release: (() => void) | undefined;
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.respond = async () => {
      if (server.inFlight === 7) release?.();
      await all;
      return {};
    };
    const { stdout } = await drill(`base: ${server.url}\niterations: 7\nplan:\n${get()}`);
    server.respond = () => ({});
    assert.match(stdout, /^Concurrency 7\nIterations 7\n/);
    assert.equal(server.peakInFlight, 7);
  });

  it('9. a concurrency greater than iterations exits non-zero, nothing sent (here 2)', async () => {
    const { exitCode, stderr } = await drill(`base: ${server.url}\niterations: 2\nconcurrency: 3\nplan:\n${get()}`);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^plan\.yml:3:14: error: 'concurrency' is 3, more than the 2 iterations there are/m);
    assert.deepEqual(server.lines, []);
  });

  it('10. iterations from text and environment; what cannot be used falls back to the default with a notice', async () => {
    const rows: [string, number, RegExp | undefined][] = [
      ['"3"', 3, undefined],
      ["'{{ COUNT }}'", 4, undefined],
      ["'{{ ABSENT }}'", 1, /no variable 'ABSENT'/],
      ['-2', 1, /'iterations': expected a whole number from 0, found the number -2; 1 is taken/],
      ['many', 1, /found the text "many"; 1 is taken/],
      ['2.0', 1, /'iterations' is ignored: expected a whole number/],
    ];
    for (const [value, count, notice] of rows) {
      const report = await drillReport(`base: ${server.url}\niterations: ${value}\nplan:\n${get()}`, [], {
        env: { COUNT: '4' },
      });
      assert.equal(report.total.requests, count, value);
      if (notice === undefined) assert.equal(report.stderr, '');
      else assert.match(report.stderr, notice);
    }
  });

  it('11. `base` expands environment variables; an unknown one exits non-zero even when relaxed', async () => {
    const plan = `base: http://127.0.0.1:{{ PORT }}\nplan:\n${get('/env')}`;
    const known = await drill(plan, [], { env: { PORT: String(server.port) } });
    assert.equal(known.exitCode, 0);
    assert.deepEqual(server.lines, ['GET /env']);
    const unknown = await drill(plan, ['--relaxed-interpolations']);
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /^plan\.yml:1:7: error: 'base': the environment has no variable 'PORT'/m);
    assert.equal(server.requests.length, 1);
  });

  it('12. the header prints Concurrency, Iterations, Rampup, Base URL, even with --quiet', async () => {
    const { stdout } = await drill(`base: ${server.url}\niterations: 4\nconcurrency: 2\nrampup: 0\nplan:\n${get()}`, [
      '-q',
    ]);
    assert.equal(stdout, `Concurrency 2\nIterations 4\nRampup 0\nBase URL ${server.url}\n\n`);
  });
});
