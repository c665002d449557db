import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import type { DrillReport } from '../../src/core/results.js';
import { drill, drillReport, PlanFolder } from '../support/drill.js';
import { LoggingServer } from '../support/logging-server.js';

// What plans can say that drill has no word for.

const server = await LoggingServer.start();
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.forget();
  server.respond = () => ({});
});

const plan = (...steps: readonly string[]): string =>
  `base: ${server.url}\nplan:\n${steps.map((step) => `  - name: step\n    ${step.replaceAll('\n', '\n    ')}\n`).join('')}`;

const checking = (...checks: readonly string[]): string =>
  plan(`request: { url: / }\ncheck:\n${checks.map((check) => `  - ${check}`).join('\n')}`);

describe('check', () => {
  const answer = { body: '{"user":{"id":7,"name":"Ann"},"n":1.5}', headers: { 'Content-Type': 'application/json' } };
  it('counts what holds and what does not, and goes on', async () => {
    server.respond = () => answer;
    const report = await drillReport(
      `iterations: 3\n${checking(
        'status: 200',
        'status: [200, 404]',
        'status: 2xx',
        'header: { name: content-type, contains: json }',
        'json: { path: user.id, equals: 7, above: 6, below: 8 }',
        "json: { path: 'user.name', matches: '^A' }",
        'json: { path: user.email, exists: false }',
        "body: { contains: 'Ann', not: '' }",
        'duration: { below: 1m }',
      )}`,
    );
    assert.deepEqual([report.exitCode, report.total.ok, report.total.checks], [0, 3, { passed: 27, failed: 0 }]);
    const wrong = await drillReport(
      checking(
        'status: 4xx',
        'header: { name: X-Absent, exists: true }',
        'json: { path: user.id, equals: 8 }',
        'json: { path: n, above: 2 }',
        "body: { matches: '^<html' }",
        'duration: { below: 0ms }',
      ),
    );
    assert.deepEqual([wrong.exitCode, wrong.total.ok, wrong.total.checks], [0, 1, { passed: 0, failed: 6 }]);
    assert.deepEqual(
      wrong.total.errors.map((error) => `${error.class} ${error.message}`),
      [
        'check step: status: expected 4xx, found 200',
        'check step: header x-absent: expected to be there',
        "check step: json user.id: expected '8', found '7'",
        "check step: json n: expected more than 2, found '1.5'",
        `check step: body: expected to match /^<html/u, found '{"user":{"id":7,"name":"Ann"},"n":1.5}'`,
        'check step: duration: expected below 0 ms',
      ],
    );
  });

  it('compares with what the iteration knows', async () => {
    server.respond = ({ url }) => ({ body: url });
    const report = await drillReport(
      plan("request: { url: '/{{ item }}' }\nwith_items: [a, b]\ncheck:\n  - body: { equals: '/{{ item }}' }"),
    );
    assert.deepEqual(report.total.checks, { passed: 2, failed: 0 });
  });

  it('says at load what is wrong with it', async () => {
    const { exitCode, stderr } = await drill(
      checking('statsu: 200', 'json: { path: a }', "body: { matches: '(' }", 'duration: { below: 5 }', 'status: 2yy'),
    );
    assert.equal(exitCode, 2);
    for (const message of [
      /^plan\.yml:6:9: error: there is no check 'statsu'\n.*\n.*\^ did you mean 'status'\?/m,
      /^plan\.yml:7:\d+: error: this compares with nothing: expected one of equals, not, contains/m,
      /^plan\.yml:8:\d+: error: not a regular expression: /m,
      /^plan\.yml:9:\d+: error: 'below': expected a text, found the number 5/m,
      /^plan\.yml:10:\d+: error: /m,
    ])
      assert.match(stderr, message);
  });
});

describe('extract', () => {
  it('takes values from bodies that are not JSON, from headers and from JSON', async () => {
    server.respond = ({ url }) =>
      url === '/form'
        ? { body: '<input name="csrf" value="tok-42">', headers: { location: '/users/99?x=1' } }
        : { body: '{"a":{"b":2.0}}' };
    const report = await drillReport(
      plan(
        `request: { url: /form }\nextract:\n  csrf: 'name="csrf" value="([^"]+)"'\n  id: { header: Location, regex: '\\d+' }`,
        `request: { url: /json }\nextract: { b: { json: a.b } }`,
        `request: { url: '/{{ csrf }}/{{ id }}/{{ b }}' }`,
      ),
    );
    assert.equal(report.exitCode, 0);
    assert.equal(server.urls.at(-1), '/tok-42/99/2.0');
  });

  it('counts what is not found, and leaves the variable unset', async () => {
    const { exitCode, stdout, stderr } = await drill(
      plan("request: { url: / }\nextract: { token: 'none' }", 'request: { url: "/{{ token }}" }'),
      ['--format', 'json'],
    );
    const report = JSON.parse(stdout) as DrillReport;
    assert.equal(exitCode, 1);
    assert.deepEqual(report.total.errors, [
      { class: 'check', message: 'step: extract token: nothing found', count: 1 },
    ]);
    assert.match(stderr, /nothing has set the variable 'token'/);
  });
});

describe('generators', () => {
  const text = plan('request: { url: "/{{ $uuid }}/{{ $randomInt(1, 3) }}/{{ $randomInt(-5,-5) }}/{{$timestamp}}" }');

  it('give fresh values that follow from the seed', async () => {
    const sent = async (seed: string): Promise<readonly string[]> => {
      server.forget();
      await drill(`iterations: 20\nconcurrency: 4\n${text}`, ['--seed', seed]);
      return server.urls.map((url) => url.slice(0, url.lastIndexOf('/'))).toSorted();
    };
    const before = Date.now();
    const first = await sent('1');
    const stamp = Number(server.urls[0]?.split('/').at(-1));
    assert.ok(stamp >= before && stamp <= Date.now());
    assert.equal(new Set(first).size, 20);
    for (const url of first)
      assert.match(url, /^\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\/[123]\/-5$/);
    assert.deepEqual(new Set(first.map((url) => url.split('/')[2])), new Set(['1', '2', '3']));
    assert.deepEqual(await sent('1'), first);
    assert.notDeepEqual(await sent('2'), first);
  });

  it('say at load what is wrong with their arguments; an unknown one is left as it stands', async () => {
    const wrong = await drill(plan('request: { url: "/{{ $randomInt(9, 1) }}" }'));
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /\$randomInt expects two whole numbers, the smaller first/);
    await drill(plan('request: { url: /, headers: { x: "{{ $nothing }}" } }'));
    assert.equal(server.requests.at(-1)?.headers['x'], '{{ $nothing }}');
  });
});

describe('requests', () => {
  it('headers and timeout at the top of the plan are for every request, nearer ones replace them', async () => {
    server.respond = ({ url }) => (url === '/stall' ? { stall: true } : {});
    const report = await drillReport(
      `headers: { X-All: 'is {{ iteration }}', accept: text/html }\ntimeout: 1s\n${plan(
        'request: { url: /a }',
        'request: { url: /b, headers: { x-all: own } }',
        'request: { url: /stall }',
        'request: { url: /stall, timeout: 50ms }',
      )}`,
    );
    assert.deepEqual(
      server.requests.slice(0, 2).map(({ headers }) => [headers['x-all'], headers['accept']]),
      [
        ['is 0', 'text/html'],
        ['own', 'text/html'],
      ],
    );
    assert.deepEqual(
      report.total.errors.map((error) => [error.class, error.count]),
      [['timeout', 2]],
    );
  });

  it('a body may be a form of several parts', async () => {
    using folder = new PlanFolder({
      'photo.bin': Buffer.from([0, 1, 2, 255]),
      'plan.yml': plan(
        `request:\n  url: /\n  method: POST\n  body:\n    multipart:\n      - { name: title, value: 'round {{ iteration }}' }\n      - { name: 'a "file"', file: photo.bin, content_type: image/x-test }`,
      ),
    });
    assert.equal((await folder.drill(['plan.yml'])).exitCode, 0);
    const [request] = server.requests;
    const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(request?.headers['content-type'] ?? '')?.[1];
    assert.equal(
      request?.body.toString('latin1'),
      `--${boundary}\r\ncontent-disposition: form-data; name="title"\r\n\r\nround 0\r\n` +
        `--${boundary}\r\ncontent-disposition: form-data; name="a %22file%22"; filename="photo.bin"\r\ncontent-type: image/x-test\r\n\r\n\x00\x01\x02\xff\r\n` +
        `--${boundary}--\r\n`,
    );
  });

  it('a header value cannot begin another header', async () => {
    const { exitCode, stderr } = await drill(
      plan('assign: { key: evil, value: "a\\r\\nx-evil: 1" }', 'request: { url: /, headers: { x: "{{ evil }}" } }'),
    );
    assert.equal(exitCode, 1);
    assert.match(stderr, /the header 'x' may not hold "a\\r\\nx-evil: 1"/);
    assert.deepEqual(server.lines, []);
  });
});

describe('mode: slice', () => {
  it('deals each item out to exactly one iteration', async () => {
    await drill(
      `iterations: 3\nconcurrency: 1\n${plan("request: { url: '/{{ iteration }}/{{ item }}' }\nwith_items_range: { start: 1, stop: 7 }\nmode: slice")}`,
    );
    assert.deepEqual(server.urls, ['/0/1', '/0/2', '/1/3', '/1/4', '/2/5', '/2/6', '/2/7']);
  });

  it('goes round in a timed run, one item to each iteration', async () => {
    await drill(
      `duration: 200ms\nconcurrency: 1\n${plan("request: { url: '/{{ item }}' }\nwith_items: [a, b, c]\nmode: slice")}`,
    );
    assert.deepEqual(server.urls.slice(0, 5), ['/a', '/b', '/c', '/a', '/b']);
  });
});

describe('thresholds', () => {
  it('of a rate are not met by a server that only refuses', async () => {
    server.respond = () => ({ status: 500 });
    const { exitCode, thresholds, total } = await drillReport(
      `iterations: 4\nthresholds: ["rps > 0", "rps == 0"]\n${plan('request: { url: / }')}`,
    );
    assert.equal(exitCode, 99);
    assert.deepEqual(
      thresholds?.map(({ met, shown }) => [met, shown]),
      [
        [false, '0'],
        [true, '0'],
      ],
    );
    // The rate that drill prints is that of all requests.
    assert.ok(total.rps > 0);
  });
});

describe('scenario times', () => {
  it('are those of whole iterations', async () => {
    server.respond = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return {};
    };
    const report = await drillReport(`iterations: 4\n${plan('request: { url: /a }', 'request: { url: /b }')}`);
    assert.ok((report.scenarios?.minUs ?? 0) >= 2 * 19_900);
    assert.ok((report.scenarios?.minUs ?? 0) >= (report.total.latency.minUs ?? 0));
  });
});
