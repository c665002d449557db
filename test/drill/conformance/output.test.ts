import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import type { DrillReport } from '../../../src/core/results.js';
import { drill, PlanFolder } from '../../support/drill.js';
import { runCli } from '../../support/fake-io.js';
import { LoggingServer } from '../../support/logging-server.js';

// Items 59 to 70: statistics, reports, exit codes; and what drill must not be copied in.

const server = await LoggingServer.start();
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.forget();
  server.respond = () => ({});
});

const plan = (...steps: readonly string[]): string =>
  `base: ${server.url}\nplan:\n${steps.map((step, index) => `  - name: step ${index}\n    ${step}\n`).join('')}`;

/** A clock on which everything takes a hundred times as long: 50 real milliseconds are 5 s. */
const slowClock = {
  now: () => performance.now() * 100,
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms / 100);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      });
    }),
};

const labels = [
  'Total requests',
  'Successful requests',
  'Failed requests',
  'Median time per request',
  'Average time per request',
  'Sample standard deviation',
  "99.0'th percentile",
  "99.5'th percentile",
  "99.9'th percentile",
  'Max time per request',
];

describe('drill conformance: output, reports, exits', () => {
  it('59. --stats prints the ten lines per raw name and the twelve totals in the given order', async () => {
    const { stdout } = await drill(
      plan("request: { url: '/{{ item }}' }\n    with_items: [a, b]", 'request: { url: /x }').replace(
        'step 0',
        "'{{ item }}'",
      ),
      ['--stats', '--quiet'],
    );
    const lines = stdout.split('\n').slice(4);
    const group = (name: string): string[] => labels.map((label) => `${name.padEnd(25)} ${label.padEnd(25)} `);
    const expected = [
      '',
      ...group('{{ item }}'),
      '',
      ...group('step 1'),
      '',
      'Time taken for tests      ',
      ...labels.slice(0, 3).map((label) => `${label.padEnd(25)} `),
      'Requests per second       ',
      ...labels.slice(3).map((label) => `${label.padEnd(25)} `),
      '',
    ];
    expected.forEach((start, index) => {
      const line = lines[index + 1] ?? '';
      assert.ok(
        start === '' ? line === '' : line.startsWith(start),
        `line ${index}: '${line}' should begin with '${start}'`,
      );
    });
    assert.equal(lines[2], `${'{{ item }}'.padEnd(25)} ${'Total requests'.padEnd(25)} 2`);
    assert.match(lines[5] ?? '', /^\{\{ item \}\} {16}Median time per request {3}\d+ms$/);
  });

  it('60. successful is exactly 2xx; failed = total - successful; per-name sums equal the totals', async () => {
    const statuses = [200, 204, 299, 300, 304, 400, 404, 500, 503, 999];
    server.respond = ({ url }) => ({ status: Number(url.slice(1)) });
    const { stdout, exitCode } = await drill(
      plan(`request: { url: '/{{ item }}' }\n    with_items: [${statuses.join(', ')}]`, "request: { url: '/201' }"),
      ['--format', 'json'],
    );
    const { total, steps } = JSON.parse(stdout) as DrillReport;
    assert.deepEqual([exitCode, total.requests, total.ok, total.failed], [0, 11, 4, 7]);
    assert.deepEqual(
      steps.map(({ requests, ok, failed }) => [requests, ok, failed]),
      [
        [10, 3, 7],
        [1, 1, 0],
      ],
    );
    assert.deepEqual(total.errors.map((error) => `${error.class}: ${error.message}`).toSorted(), [
      'status-3xx: 300 Multiple Choices',
      'status-3xx: 304 Not Modified',
      'status-4xx: 400 Bad Request',
      'status-4xx: 404 Not Found',
      'status-5xx: 500 Internal Server Error',
      'status-5xx: 503 Service Unavailable',
      'status-5xx: 999',
    ]);
  });

  it('61. requests per second = total / wall time, two decimals; time taken one decimal', async () => {
    const { stdout } = await drill(plan('request: { url: / }', 'request: { url: "http://127.0.0.1:1/" }'), ['-qs'], {
      clock: slowClock,
    });
    const seconds = /^Time taken for tests {6}(\d+\.\d) seconds$/m.exec(stdout)?.[1];
    const rate = /^Requests per second {7}(\d+\.\d\d) \[#\/sec\]$/m.exec(stdout)?.[1];
    assert.ok(seconds !== undefined && rate !== undefined, stdout);
    // The time is rounded to a tenth of a second, the rate to a hundredth.
    const [least, most] = [2 / (Number(seconds) + 0.05), 2 / Math.max(0, Number(seconds) - 0.05)];
    assert.ok(Number(rate) >= least - 0.01 && Number(rate) <= most + 0.01, `${rate} and ${seconds}`);
  });

  it('62. times are whole ms, or ns with --nanosec', async () => {
    const inMs = await drill(plan('request: { url: / }'), ['-qs']);
    assert.match(inMs.stdout, /^Median time per request {3}\d+ms$/m);
    const inNs = await drill(plan('request: { url: / }'), ['-sn']);
    assert.match(inNs.stdout, /^Median time per request {3}\d+000ns$/m);
    assert.match(inNs.stdout, /^step 0 {20}http:\S+ 200 OK \d+ns$/m);
  });

  it('63. HTTP failures alone leave exit 0', async () => {
    server.respond = () => ({ status: 500 });
    const { exitCode } = await drill(plan('request: { url: / }', 'request: { url: "http://127.0.0.1:1/" }'));
    assert.equal(exitCode, 0);
  });

  it('64. --quiet hides step lines, not header or statistics; --verbose shows dumps even then', async () => {
    server.respond = () => ({ body: '{"a":1}', headers: { 'x-a': 'b' } });
    const text = plan(
      'request: { url: /x, headers: { x-mine: y } }\n    assign: r',
      'assign: { key: k, value: v }',
      'assert: { key: k, value: v }',
      'delay: { seconds: 0 }',
      'exec: { command: "true {{ k }}" }',
    );
    const loud = await drill(text, [], { env: { PATH: process.env['PATH'] } });
    const [request, ...others] = loud.stdout.split('\n').slice(5);
    assert.match(request ?? '', /^step 0 {20}http:\/\/127\.0\.0\.1:\d+\/x 200 OK \d+ms$/);
    assert.deepEqual(
      others,
      ['k=v', 'k=v?', '0s', 'true {{ k }}']
        .map((line, index) => `step ${index + 1} ${' '.repeat(19)}${line}`)
        .concat(''),
    );
    const quiet = await drill(text, ['-q', '--stats'], { env: { PATH: process.env['PATH'] } });
    assert.doesNotMatch(quiet.stdout, /k=v|200 OK/);
    assert.match(quiet.stdout, /^Concurrency 1$/m);
    assert.match(quiet.stdout, /^Total requests {12}1$/m);
    const verbose = await drill(text, ['-qv'], { env: { PATH: process.env['PATH'] } });
    assert.match(
      verbose.stdout,
      /^>>> URL: http:\/\/127\.0\.0\.1:\d+\/x, METHOD: GET, HEADERS: \{"user-agent": "archbench", "accept": "\*\/\*", "x-mine": "y"\}$/m,
    );
    assert.match(
      verbose.stdout,
      /^<<< URL: http:\S+\/x, STATUS: 200 OK, HEADERS: \{.*"x-a": "b".*\} DURATION: \d+\.\d{4} ms, BODY: "\{\\"a\\":1\}"$/m,
    );
    assert.doesNotMatch(verbose.stdout, /200 OK \d/);
  });

  it('64. reasons are as drill names them; --verbose shows URLs as they are sent', async () => {
    server.respond = ({ url }) => ({ status: Number(/\d+/.exec(url)?.[0]) });
    const text = plan("request: { url: '/{{ item }}?ü x' }\n    with_items: [203, 418, 509, 599]");
    const { stdout } = await drill(text, ['-v']);
    assert.deepEqual(
      [...stdout.matchAll(/^<<< URL: \S+(\/\d+\?\S+), STATUS: (.*?), HEADERS/gm)].map(([, url, status]) => [
        url,
        status,
      ]),
      [
        ['/203?%C3%BC%20x', '203 Non Authoritative Information'],
        ['/418?%C3%BC%20x', "418 I'm a teapot"],
        ['/509?%C3%BC%20x', '509 <unknown status code>'],
        ['/599?%C3%BC%20x', '599 <unknown status code>'],
      ],
    );
    assert.match(stdout, /\/418\?ü x 418 I'm a teapot \d+ms$/m);
  });

  it('64. a file after -o, which is --timeout, is refused with the option that was meant', async () => {
    const { exitCode, stderr } = await drill(plan('request: { url: / }'), ['-o', 'result.json']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /--timeout expects seconds.*'result\.json'/);
    assert.match(stderr, /--output result\.json/);
  });

  it('64. a request that fails says so', async () => {
    const { stdout } = await drill(plan('request: { url: "http://127.0.0.1:1/x" }'));
    assert.match(stdout, /^Error connecting 'http:\/\/127\.0\.0\.1:1\/x': connection refused/m);
  });

  it('64. (ours) control characters of names, URLs, values and commands are shown as signs, those of a server too', async () => {
    server.respond = ({ url }) => (url === '/' ? { body: JSON.stringify({ text: 'R\u001B[31m\u0007\n' }) } : {});
    const { stdout } = await drill(
      plan(
        'request: { url: / }\n    assign: r',
        'request: { url: "/x?{{ r.body.text }}" }',
        'assign: { key: a, value: "v\\e" }',
        'exec: { command: "true\\n#\\e" }',
        'request: { url: "http://127.0.0.1:1/{{ r.body.text }}" }',
      ).replaceAll(/step \d/g, '"$&\\e[2J\\r{{ r.body.text }}"'),
      ['--relaxed-interpolations', '--stats', '-v'],
      { env: { PATH: process.env['PATH'] } },
    );
    assert.doesNotMatch(stdout, /[^\P{Cc}\n]/u);
    assert.match(stdout, /^step 1␛\[2J␍R␛\[31m␇␊ +http:\S+\/x\?R␛\[31m␇␊ 200 OK \d+ms$/mu);
    assert.match(stdout, /^step 2␛\[2J␍\{\{ r\.body\.text \}\} a=v␛$/mu);
    assert.match(stdout, /^step 3␛\[2J␍\{\{ r\.body\.text \}\} true␊#␛$/mu);
    assert.match(stdout, /^Error connecting 'http:\/\/127\.0\.0\.1:1\/R␛\[31m␇␊': connection refused/mu);
    assert.match(stdout, /^step 4␛\[2J␍\{\{ r\.body\.text \}\} Total requests +1$/mu);
  });

  it('65. --report runs one iteration and writes name, duration, status per request, readable by --compare', async () => {
    using folder = new PlanFolder({
      'plan.yml': `iterations: 5\n${plan("request: { url: '/{{ item }}' }\n    with_items: [a, b]", 'request: { url: "http://127.0.0.1:1/" }').replace('step 0', "'odd: name'")}`,
    });
    const { exitCode, stdout } = await folder.drill(['plan.yml', '--report', 'report.yml', '-q']);
    assert.equal(exitCode, 0);
    assert.doesNotMatch(stdout, /Concurrency|Iterations|Rampup/);
    assert.deepEqual(server.urls, ['/a', '/b']);
    const entries = folder.read('report.yml').replaceAll(/duration: [\d.]+/g, 'duration: N');
    assert.equal(
      entries,
      `- name: "odd: name"\n  duration: N\n  status: 200\n- name: "odd: name"\n  duration: N\n  status: 200\n- name: step 1\n  duration: N\n  status: 520\n`,
    );
    const compared = await folder.drill(['plan.yml', '-c', 'report.yml', '-t', '60000', '-q']);
    assert.equal(compared.exitCode, 0);
  });

  it('65. (ours) --report finds out before the run that it cannot write, and never replaces a whole one by a part', async () => {
    using folder = new PlanFolder({
      'plan.yml': plan('request: { url: / }\n    assign: r', 'assert: { key: r.status, value: 500 }'),
      'good.yml': '- name: step\n  duration: 1\n  status: 200\n',
    });
    for (const [place, reason] of [
      ['nowhere/x.yml', /there is no folder '.*nowhere'/],
      ['.', /that is a folder/],
    ] as const) {
      const { exitCode, stderr } = await folder.drill(['plan.yml', '--report', place]);
      assert.equal(exitCode, 2);
      assert.match(stderr, reason);
    }
    assert.deepEqual(server.urls, []);
    const before = folder.read('good.yml');
    const { exitCode, stderr } = await folder.drill(['plan.yml', '--report', 'good.yml', '-q']);
    assert.deepEqual([exitCode, server.urls, folder.read('good.yml')], [1, ['/'], before]);
    assert.match(stderr, /^'good\.yml' was not written: the run did not reach its end$/m);
  });

  it('66. --compare exits 0 iff no request exceeds its entry by more than the threshold, else 1 with a line each', async () => {
    using folder = new PlanFolder({
      'plan.yml': plan('request: { url: /fast }', 'request: { url: /slow }'),
      'report.yml': '- name: a\n  duration: 1000\n  status: 200\n\n- name: b\n  duration: 1\n  status: 200\n',
      'short.yml': '- name: a\n  duration: 1000\n  status: 200\n',
      'wrong.yml': '- name: a\n  duration: soon\n',
    });
    server.respond = async ({ url }) => {
      if (url === '/slow') await new Promise((resolve) => setTimeout(resolve, 30));
      return {};
    };
    const slower = await folder.drill(['plan.yml', '--compare', 'report.yml', '--threshold', '5', '-q']);
    assert.equal(slower.exitCode, 1);
    assert.match(slower.stdout, /\n\nstep 1 {20}is \d+ms slower than before\n$/);
    folder.write('named.yml', plan('request: { url: /slow }').replace('step 0', 'a {{ iteration }}'));
    folder.write('one.yml', '- name: a\n  duration: 1\n  status: 200\n');
    const named = await folder.drill(['named.yml', '--compare', 'one.yml', '--threshold', '5', '-q']);
    assert.match(named.stdout, /\n\na \{\{ iteration \}\} {9}is \d+ms slower than before\n$/);
    assert.equal((await folder.drill(['plan.yml', '-c', 'report.yml', '-t', '60000'])).exitCode, 0);
    for (const argv of [
      ['-c', 'report.yml'],
      ['-c', 'absent.yml', '-t', '5'],
      ['-c', 'wrong.yml', '-t', '5'],
      ['-c', 'report.yml', '-t', 'soon'],
    ])
      assert.equal((await folder.drill(['plan.yml', ...argv])).exitCode, 2, argv.join(' '));
    const short = await folder.drill(['plan.yml', '-c', 'short.yml', '-t', '60000']);
    assert.equal(short.exitCode, 1);
    assert.match(short.stderr, /'short\.yml' has no entry for 1 of the requests/);
  });

  it('67. options that exclude each other, or that are given twice, are usage errors (here 2)', async () => {
    for (const argv of [
      ['--stats', '--compare', 'x', '-t', '1'],
      ['--report', 'x', '--compare', 'y', '-t', '1'],
      ['--report', 'x', '--threshold', '1'],
      ['--report', 'x', '--iterations', '5'],
      ['--report', 'x', '--duration', '5s'],
      ['--report', 'x', '--stage', 'rate=5,for=1s'],
      ['--list-tags', '--tags', 'a'],
      ['--list-tags', '--skip-tags', 'a'],
      ['-q', '-q'],
      ['--timeout', '1', '-o', '2'],
      ['--no-such-option'],
      ['--mode', 'single', '--base', 'http://x'],
      ['--set', 'a=1'],
    ]) {
      const { exitCode, stderr } = await drill(plan('request: { url: / }'), argv);
      assert.equal(exitCode, 2, argv.join(' '));
      assert.match(stderr, /^error: /, argv.join(' '));
    }
    assert.deepEqual(server.lines, []);
    assert.equal((await runCli(['drill'])).exitCode, 2);
    // The last word is no setting.
    using folder = new PlanFolder({ 'plan.yml': plan('request: { url: / }') });
    const { stderr } = await folder.drill(['--set', 'a=1', 'plan.yml']);
    assert.match(stderr, /^error: --set needs --mode/);
  });

  it('67. short options may be bundled and joined to their values', async () => {
    using folder = new PlanFolder({ 'plan.yml': plan('request: { url: / }') });
    for (const argv of [
      ['-qsn', '-b', 'plan.yml'],
      ['-bplan.yml', '-sq'],
      ['-b=plan.yml', '-o=5'],
      ['--benchmark=plan.yml', '--timeout=5'],
    ])
      assert.equal((await folder.drill(argv)).exitCode, 0, argv.join(' '));
    assert.equal(server.requests.length, 4);
  });

  it('68. static faults send no request at all, wherever they stand', async () => {
    const faults = ['iterations: 0', 'concurrency: 9', 'timeout: soon'];
    for (const fault of faults)
      assert.equal((await drill(`${fault}\n${plan('request: { url: / }')}`)).exitCode, 2, fault);
    const steps = [
      'request: { url: /, method: POST }',
      'request: { url: /, method: POST, body: { hex: xyz } }',
      "request: { url: / }\n    with_items: ['{{ x }}']",
      'request: { url: / }\n    with_items_range: { start: 1 }',
      'request: { url: / }\n    with_items: [a]\n    pick: 2',
      'include: { path: x }',
      'nothing: {}',
    ];
    for (const step of steps) assert.equal((await drill(plan('request: { url: / }', step))).exitCode, 2, step);
    assert.deepEqual(server.lines, []);
  });

  it('69. a 5 s request or a timeout never breaks --stats', async () => {
    server.respond = async ({ url }) => {
      if (url === '/stall') return { stall: true };
      await new Promise((resolve) => setTimeout(resolve, 50));
      return {};
    };
    const { exitCode, stdout } = await drill(
      plan('request: { url: /slow }', 'request: { url: /stall }'),
      ['-qs', '-o', '0.3', '--transport', 'undici'],
      {
        clock: slowClock,
      },
    );
    assert.equal(exitCode, 0);
    const median = Number(/^step 0 +Median time per request +(\d+)ms$/m.exec(stdout)?.[1]);
    assert.ok(median >= 5000, stdout);
    const timedOut = Number(/^step 1 +99\.9'th percentile +(\d+)ms$/m.exec(stdout)?.[1]);
    assert.ok(timedOut >= 20_000, stdout);
    assert.match(stdout, /^Failed requests {11}1$/m);
  });

  it('70. commands of two iterations run side by side, and a 300 kB reply keeps its connection', async () => {
    using folder = new PlanFolder({
      // Each waits for the other's file: one after the other they would wait for ever.
      'plan.yml': `iterations: 2\n${plan('exec: { command: "touch {{ DIR }}/f{{ iteration }}; until [ $(ls {{ DIR }}/f* | wc -l) = 2 ]; do sleep 0.01; done" }')}`,
    });
    const meeting = await folder.drill(['plan.yml'], { env: { PATH: process.env['PATH'], DIR: folder.path } });
    assert.equal(meeting.exitCode, 0);
    server.respond = () => ({ body: 'x'.repeat(300_000) });
    const before = server.connections;
    const { stdout } = await drill(
      `iterations: 4\nconcurrency: 1\n${plan('request: { url: / }', 'request: { url: / }')}`,
      ['--format', 'json'],
    );
    assert.equal(server.connections - before, 1);
    assert.equal((JSON.parse(stdout) as DrillReport).total.bytesReceived, 8 * 300_000);
  });
});
