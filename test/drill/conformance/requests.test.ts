import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { transports } from '../../../src/drill/transport.js';
import { drill, drillReport, PlanFolder } from '../../support/drill.js';
import { LoggingServer, type SeenRequest } from '../../support/logging-server.js';
import { ScriptedServer } from '../../support/scripted-server.js';
import { selfSigned } from '../../support/self-signed.js';

// Items 19 to 33: what goes out, and what becomes of it.

const server = await LoggingServer.start();
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.forget();
  server.respond = () => ({});
});

const plan = (...steps: readonly string[]): string =>
  `base: ${server.url}\nplan:\n${steps.map((step) => `  - name: step\n    ${step}\n`).join('')}`;
const post = (header: string): string => `request: { url: /, method: POST, body: abc, headers: { ${header} } }`;
const request = (fields: string): string => plan(`request: { ${fields} }`);

describe('drill conformance: requests', () => {
  it('19. a URL that starts with `/` is appended to `base` as is; any other must be absolute', async () => {
    await drill(`base: ${server.url}/api/\nplan:\n  - name: a\n    request: { url: /x?y=1 }\n`);
    await drill(`base: http://127.0.0.1:1\nplan:\n  - name: a\n    request: { url: '${server.url}/absolute' }\n`);
    assert.deepEqual(server.urls, ['/api//x?y=1', '/absolute']);
    for (const url of ['users', '""', 'http://']) {
      const { exitCode, stderr } = await drill(request(`url: ${url}`));
      assert.equal(exitCode, 2, url);
      assert.match(stderr, /^plan\.yml:4:\d+: error: .* is not a URL/m);
    }
    // Another scheme is a failed request, not the end of the run.
    const ftp = await drillReport(request('url: "ftp://127.0.0.1/"'));
    assert.deepEqual([ftp.exitCode, ftp.total.failed], [0, 1]);
  });

  it('20. default method GET; method names are case-insensitive; others are refused', async () => {
    await drill(request('url: /'));
    for (const method of ['get', 'Post', 'PUT', 'patch', 'delete', 'head'])
      await drill(request(`url: /, method: ${method}, body: ''`));
    assert.deepEqual(server.lines, ['GET /', 'GET /', 'POST /', 'PUT /', 'PATCH /', 'DELETE /', 'HEAD /']);
    const refused = await drill(request('url: /, method: BREW'));
    assert.equal(refused.exitCode, 2);
    assert.match(
      refused.stderr,
      /'method': expected one of GET, POST, PUT, PATCH, DELETE, HEAD, found the text "BREW"/,
    );
  });

  it('21. POST, PUT, PATCH without a usable `body` are refused at load; an empty string is usable', async () => {
    for (const method of ['POST', 'PUT', 'PATCH'])
      for (const body of ['', ', body: 5', ', body: null']) {
        const { exitCode } = await drill(request(`url: /, method: ${method}${body}`));
        assert.equal(exitCode, 2, `${method}${body}`);
      }
    assert.deepEqual(server.lines, []);
    await drill(request("url: /, method: POST, body: ''"));
    assert.equal(server.requests[0]?.headers['content-length'], '0');
  });

  it('22. a `body` on GET, DELETE, HEAD is not sent', async () => {
    for (const method of ['GET', 'DELETE', 'HEAD'])
      assert.equal((await drill(request(`url: /, method: ${method}, body: secret`))).exitCode, 0);
    for (const { body, headers } of server.requests) {
      assert.equal(body.length, 0);
      assert.equal(headers['content-length'], undefined);
    }
  });

  it('23. string bodies are interpolated; `file` and `hex` go byte for byte; bad ones are refused at load', async () => {
    const bytes = Buffer.from([0, 255, 123, 123, 32, 120, 32, 125, 125, 13, 10]);
    using folder = new PlanFolder({
      'body.bin': bytes,
      'plans/plan.yml': plan(
        `assign: { key: who, value: you }`,
        `request: { url: /, method: POST, body: 'hello {{ who }}' }`,
        `request: { url: /, method: PUT, body: { file: body.bin } }`,
        `request: { url: /, method: PATCH, body: { hex: '00fFaB' } }`,
      ),
    });
    assert.equal((await folder.drill(['plans/plan.yml'])).exitCode, 0);
    assert.deepEqual(
      server.requests.map(({ body }) => body),
      [Buffer.from('hello you'), bytes, Buffer.from([0, 255, 171])],
    );
    server.forget();
    for (const body of ["{ hex: '00 ff' }", "{ hex: '0' }", '{ hex: 1234 }', '{ file: absent.bin }']) {
      const { exitCode } = await drill(request(`url: /, method: POST, body: ${body}`));
      assert.equal(exitCode, 2, body);
    }
    assert.deepEqual(server.lines, []);
  });

  it('24. user-agent and accept by default, no content-type; a step header replaces either', async () => {
    await drill(request("url: /, method: POST, body: 'x'"));
    await drill(request('url: /, headers: { User-Agent: mine, ACCEPT: text/plain, Host: other }'));
    const [first, second] = server.requests;
    assert.equal(first?.headers['user-agent'], 'archbench');
    assert.equal(first?.headers['accept'], '*/*');
    assert.equal(first?.headers['host'], `127.0.0.1:${server.port}`);
    assert.equal(first?.headers['content-type'], undefined);
    assert.equal(first?.headers['accept-encoding'], undefined);
    assert.equal(second?.headers['user-agent'], 'mine');
    assert.equal(second?.headers['accept'], 'text/plain');
    assert.equal(second?.headers['host'], 'other');
  });

  it("24. a step's own framing headers: the length is the body's, `chunked` sends chunks, on every transport", async () => {
    const framed = plan(
      post('Content-Length: "3"'),
      post('content-length: "2"'),
      post('Transfer-Encoding: chunked'),
      post('Transfer-Encoding: chunked, Content-Length: "3"'),
      `request: { url: /, headers: { Transfer-Encoding: chunked, Content-Length: "3" } }`,
    );
    for (const { id, unsupported } of await transports.all()) {
      if (unsupported({ tls: false, http2: false, proxy: false, unixSocket: false }) !== undefined) continue;
      server.forget();
      const { exitCode, stderr } = await drill(framed, ['--transport', id]);
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(
        server.requests.map(({ headers, body }) => [
          headers['content-length'],
          headers['transfer-encoding'],
          body.toString(),
        ]),
        [
          ['3', undefined, 'abc'],
          ['3', undefined, 'abc'],
          [undefined, 'chunked', 'abc'],
          [undefined, 'chunked', 'abc'],
          [undefined, undefined, ''],
        ],
        id,
      );
    }
    const gzip = await drill(plan(post('Transfer-Encoding: gzip')));
    assert.equal(gzip.exitCode, 2);
    assert.match(gzip.stderr, /'transfer-encoding': expected chunked, the only coding there is, found "gzip"/);
  });

  it('25. header values are interpolated; a non-string value is refused at load', async () => {
    await drill(plan(`assign: { key: a, value: b }`, `request: { url: /, headers: { x-a: 'v {{ a }}' } }`));
    assert.equal(server.requests[0]?.headers['x-a'], 'v b');
    // Beyond ASCII it goes out as UTF-8, whether or not another header is interpolated. U+010A ends in the byte of a line feed.
    for (const text of ['é✓', 'aĊx-injected: 1'])
      for (const other of ['plain', '{{ iteration }}']) {
        server.forget();
        await drill(request(`url: /, headers: { x-a: '${text}', x-b: '${other}' }`));
        const seen: SeenRequest | undefined = server.requests[0];
        assert.equal(Buffer.from(seen?.headers['x-a'] ?? '', 'latin1').toString('utf8'), text);
        assert.equal(seen?.headers['x-injected'], undefined);
      }
    const { exitCode, stderr } = await drill(request('url: /, headers: { x-a: 5 }'));
    assert.equal(exitCode, 2);
    assert.match(stderr, /^plan\.yml:4:\d+: error: 'x-a': expected a text, found the number 5/m);
  });

  it('26. redirects are followed to the final response; one result per chain; a loop is a failed request', async () => {
    server.respond = ({ url }) => {
      if (url === '/start') return { status: 302, headers: { location: '/middle' } };
      if (url === '/middle') return { status: 301, headers: { location: `${server.url}/end` } };
      return url === '/loop' ? { status: 302, headers: { location: '/loop' } } : {};
    };
    const chain = await drillReport(request('url: /start'));
    assert.deepEqual(server.urls, ['/start', '/middle', '/end']);
    assert.deepEqual([chain.total.requests, chain.total.ok], [1, 1]);
    server.forget();
    const loop = await drillReport(request('url: /loop'));
    assert.deepEqual([loop.exitCode, loop.total.requests, loop.total.failed], [0, 1, 1]);
    assert.equal(server.requests.length, 11);
  });

  it('26. a redirect whose Location is no URL is itself the response; one to another scheme is a failed request', async () => {
    for (const location of ['http://[', 'http://', 'http://127.0.0.1:99999/']) {
      server.forget();
      server.respond = ({ url }) => (url === '/start' ? { status: 302, headers: { location } } : {});
      const report = await drillReport(
        plan('request: { url: /start }\n    assign: r', `request: { url: '/saw/{{ r.status }}' }`),
      );
      assert.deepEqual(server.urls, ['/start', '/saw/302'], location);
      assert.deepEqual([report.total.failed, report.total.errors[0]?.class], [1, 'status-3xx']);
    }
    server.forget();
    server.respond = ({ url }) =>
      url === '/' ? { raw: 'HTTP/1.1 302 Found\r\nlocation: /é\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n' } : {};
    await drill(request('url: /'));
    assert.deepEqual(server.urls, ['/', '/%C3%A9'], 'the first Location, read as UTF-8');
    server.respond = () => ({ status: 302, headers: { location: 'ftp://127.0.0.1/' } });
    const elsewhere = await drillReport(request('url: /'));
    assert.deepEqual([elsewhere.total.failed, elsewhere.total.errors[0]?.class], [1, 'protocol']);
  });

  it('27. 303 turns POST into a bodyless GET; 307 repeats method and body', async () => {
    const rows: [number, string, string][] = [
      [301, 'POST', 'GET:'],
      [302, 'POST', 'GET:'],
      [302, 'PUT', 'PUT:data'],
      [303, 'POST', 'GET:'],
      [303, 'PUT', 'GET:'],
      [307, 'POST', 'POST:data'],
      [308, 'PATCH', 'PATCH:data'],
    ];
    for (const [status, method, second] of rows) {
      server.forget();
      server.respond = ({ url }) => (url === '/' ? { status, headers: { location: '/next' } } : {});
      await drill(request(`url: /, method: ${method}, body: data, headers: { content-type: text/plain }`));
      const next = server.requests[1];
      assert.equal(`${next?.method}:${next?.body.toString()}`, second, `${status} ${method}`);
      assert.equal(next?.headers['content-type'], second.endsWith('data') ? 'text/plain' : undefined);
    }
    server.forget();
    server.respond = ({ url }) => (url === '/' ? { status: 303, headers: { location: '/next' } } : {});
    await drill(request('url: /, method: HEAD, headers: { content-type: text/plain, content-language: en }'));
    assert.deepEqual(server.lines, ['HEAD /', 'HEAD /next']);
    assert.equal(server.requests[1]?.headers['content-type'], undefined);
    assert.equal(server.requests[1]?.headers['content-language'], 'en');
  });

  it('28. refused, reset, timed-out requests count as failed and the iteration continues', async () => {
    server.respond = ({ url }) => (url === '/reset' ? { reset: true } : url === '/stall' ? { stall: true } : {});
    const report = await drillReport(
      plan(
        `request: { url: 'http://127.0.0.1:1/' }`,
        `request: { url: /reset }`,
        `request: { url: /stall }`,
        `request: { url: /after }`,
      ),
      ['--timeout', '200ms'],
    );
    assert.equal(report.exitCode, 0);
    assert.deepEqual([report.total.ok, report.total.failed], [1, 3]);
    assert.deepEqual(report.total.errors.map((error) => error.class).toSorted(), ['connect', 'reset', 'timeout']);
    assert.equal(server.urls.at(-1), '/after');
  });

  it('29. --timeout N bounds each request, until the end of the body; 0 times everything out', async () => {
    server.respond = () => ({ raw: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab' });
    const partial = await drillReport(request('url: /'), ['-o', '1']);
    assert.equal(partial.total.failed, 1);
    server.respond = () => ({ stall: true });
    const report = await drillReport(request('url: /'), ['-o', '1']);
    assert.deepEqual(
      report.total.errors.map((error) => error.class),
      ['timeout'],
    );
    assert.ok(report.total.failedLatency.maxUs >= 1_000_000);
    const none = await drillReport(request('url: /'), ['--timeout=0']);
    assert.equal(none.total.errors[0]?.class, 'timeout');
  });

  it('30. connections are reused across steps and iterations', async () => {
    const before = server.connections;
    await drill(
      `base: ${server.url}\niterations: 5\nconcurrency: 1\nplan:\n  - name: a\n    request: { url: /a }\n  - name: b\n    request: { url: /b, method: HEAD }\n`,
    );
    assert.equal(server.requests.length, 10);
    assert.equal(server.connections - before, 1);
  });

  it('31. self-signed TLS fails the request, passes with --no-check-certificate', async () => {
    await using secure = await LoggingServer.start(() => ({}), selfSigned);
    const text = `base: ${secure.url}\nplan:\n  - name: a\n    request: { url: / }\n`;
    const refused = await drillReport(text);
    assert.deepEqual([refused.exitCode, refused.total.failed, refused.total.errors[0]?.class], [0, 1, 'tls']);
    const accepted = await drillReport(text, ['--no-check-certificate']);
    assert.deepEqual([accepted.total.ok, accepted.total.failed], [1, 0]);
  });

  it('32. cookies set by a response go out later in the iteration; a `cookie` header replaces them (here RFC 6265)', async () => {
    server.respond = ({ url }) => {
      if (url === '/set')
        return { headers: { 'set-cookie': ['a=1', 'b=2; Path=/only', 'c=3; Max-Age=0', 'd=4; Domain=example.org'] } };
      return {};
    };
    await drill(
      plan(
        `request: { url: /set }`,
        `request: { url: /x }`,
        `request: { url: /only/y }`,
        `request: { url: /x, headers: { cookie: mine=1 } }`,
        `request: { url: 'http://localhost:${server.port}/elsewhere' }`,
        `request: { url: '/{{ cookies.a }}' }`,
      ),
    );
    assert.deepEqual(
      server.requests.map(({ url, headers }) => [url, headers['cookie']]),
      [
        ['/set', undefined],
        ['/x', 'a=1'],
        ['/only/y', 'b=2; a=1'],
        ['/x', 'mine=1'],
        ['/elsewhere', undefined],
        ['/1', 'a=1'],
      ],
    );
  });

  it('33. proxy environment variables are honoured', async () => {
    await using proxy = await LoggingServer.start();
    const text = 'iterations: 2\nbase: http://example.invalid\nplan:\n  - name: a\n    request: { url: /x }\n';
    const through = await drillReport(text, [], { env: { HTTP_PROXY: proxy.url } });
    assert.deepEqual([through.total.ok, through.total.failed], [2, 0]);
    assert.deepEqual(proxy.lines, ['GET http://example.invalid/x', 'GET http://example.invalid/x']);
    await drill(request('url: /direct'), [], { env: { http_proxy: proxy.url, NO_PROXY: '127.0.0.1' } });
    assert.equal(proxy.requests.length, 2);
    assert.deepEqual(server.urls, ['/direct']);
  });

  it('33. a proxy that makes no tunnel fails the request at once, not when its time is over', async () => {
    const rows: [answer: string | undefined, message: string][] = [
      [undefined, 'the proxy closed the connection instead of making a tunnel'],
      ['HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', 'the proxy refused a tunnel (403)'],
    ];
    const text = 'base: https://example.invalid\nplan:\n  - name: a\n    request: { url: /x }\n';
    for (const [answer, message] of rows) {
      await using proxy = await ScriptedServer.start(
        (socket) => void (answer === undefined ? socket.destroy() : socket.end(answer)),
      );
      const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
      const { total } = await drillReport(text, ['--timeout', '600'], { env });
      assert.deepEqual(total.errors, [{ class: 'connect', message, count: 1 }]);
    }
  });

  it('31. TLS to a plain port fails in one line without addresses', async () => {
    const { total } = await drillReport(request(`url: 'https://127.0.0.1:${server.port}/'`));
    assert.deepEqual([total.errors.length, total.errors[0]?.class], [1, 'tls']);
    assert.match(total.errors[0]?.message ?? '', /^ERR_SSL_\w+: [a-z ]+$/);
  });
});
