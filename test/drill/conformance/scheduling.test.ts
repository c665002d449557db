import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { drill, drillReport } from '../../support/drill.js';
import { LoggingServer } from '../../support/logging-server.js';

// Items 13 to 18: how iterations and steps follow each other.

const server = await LoggingServer.start();
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.forget();
  server.respond = () => ({});
});

describe('drill conformance: scheduling', () => {
  it('13. iterations × expanded steps requests are sent in total', async () => {
    const { total } = await drillReport(`
base: ${server.url}
iterations: 5
plan:
  - name: one
    request: { url: /one }
  - name: three
    request: { url: '/{{ item }}' }
    with_items: [a, b, c]
`);
    assert.equal(total.requests, 20);
    assert.equal(server.requests.length, 20);
  });

  it('14. never more than `concurrency` iterations overlap; indexes ascend; a free slot is refilled at once', async () => {
    // Iteration 0 is not answered until every other one has been: the other slot must go through them all.
    let release: (() => void) | undefined;
    const others = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.respond = async ({ url }) => {
      if (url === '/5') release?.();
      if (url === '/0') await others;
      return {};
    };
    await drill(`
base: ${server.url}
iterations: 6
concurrency: 2
plan:
  - name: get
    request: { url: '/{{ iteration }}' }
`);
    assert.deepEqual(server.urls, ['/0', '/1', '/2', '/3', '/4', '/5']);
    assert.equal(server.peakInFlight, 2);
  });

  it('15. steps of one iteration never overlap', async () => {
    await drill(`
base: ${server.url}
iterations: 3
concurrency: 1
plan:
  - name: items
    request: { url: '/{{ iteration }}/{{ item }}' }
    with_items_range: { start: 1, stop: 3 }
  - name: last
    request: { url: '/{{ iteration }}/last' }
`);
    assert.equal(server.peakInFlight, 1);
    assert.deepEqual(
      server.urls,
      [0, 1, 2].flatMap((i) => ['1', '2', '3', 'last'].map((step) => `/${i}/${step}`)),
    );
  });

  it('16. rampup R of N iterations starts iteration i at i·R/N s (here fractional, from the start of the run)', async () => {
    const times: number[] = [];
    const startedAt = performance.now();
    server.respond = ({ url }) => {
      times[Number(url.slice(1))] = performance.now() - startedAt;
      return {};
    };
    await drill(`
base: ${server.url}
iterations: 4
concurrency: 2
rampup: 1
plan:
  - name: get
    request: { url: '/{{ iteration }}' }
`);
    assert.equal(times.length, 4);
    times.forEach((ms, index) => assert.ok(ms >= index * 250, `iteration ${index} after ${ms} ms`));
  });

  it('17. `iteration` is 0-based; nothing stored in one iteration is visible in another', async () => {
    server.respond = () => ({ headers: { 'set-cookie': 'a=1; Path=/' } });
    const { exitCode } = await drill(
      `
base: ${server.url}
iterations: 2
concurrency: 1
plan:
  - name: first
    request: { url: '/{{ iteration }}/before:{{ seen }}:{{ item }}' }
  - name: second
    request: { url: /set }
    assign: seen
    with_items: [x]
  - name: third
    request: { url: '/{{ iteration }}/after:{{ seen.status }}:{{ item }}' }
`,
      ['--relaxed-interpolations'],
    );
    assert.equal(exitCode, 0);
    assert.deepEqual(server.urls, ['/0/before::', '/set', '/0/after:200:x', '/1/before::', '/set', '/1/after:200:x']);
    assert.deepEqual(
      server.requests.map(({ headers }) => headers['cookie']),
      [undefined, 'a=1', 'a=1', undefined, 'a=1', 'a=1'],
    );
  });

  it('18. `delay` waits whole seconds without blocking other iterations; anything else is refused at load', async () => {
    const startedAt = performance.now();
    const { exitCode } = await drill(`
base: ${server.url}
iterations: 2
plan:
  - name: before
    request: { url: /before }
  - name: wait
    delay: { seconds: 1 }
  - name: after
    request: { url: /after }
`);
    assert.equal(exitCode, 0);
    assert.deepEqual(server.urls, ['/before', '/before', '/after', '/after']);
    assert.ok(performance.now() - startedAt >= 1000);
    server.forget();
    for (const seconds of ['1.5', '-1', '"1"', 'soon']) {
      const refused = await drill(`base: ${server.url}\nplan:\n  - name: wait\n    delay: { seconds: ${seconds} }\n`);
      assert.equal(refused.exitCode, 2, seconds);
      assert.match(refused.stderr, /^plan\.yml:4:23: error: 'seconds': expected a whole number from 0, found/m);
    }
  });
});
