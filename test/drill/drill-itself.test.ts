import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { describe, it } from 'node:test';
import { PlanFolder } from '../support/drill.js';
import { runCli } from '../support/fake-io.js';
import { LoggingServer, type Answer, type SeenRequest } from '../support/logging-server.js';

// The same plans with drill itself and with archbench, against the same server: the same requests in the same order
// with the same bytes, the same counts, the same lines for each step. Needs the load tester drill on PATH (there is
// a DNS tool of that name, too).

function findDrill(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'drill'))
    .find((path) => {
      try {
        return /^drill 0\.\d+\.\d+\s*$/.test(execFileSync(path, ['--version'], { encoding: 'utf8', stdio: 'pipe' }));
      } catch {
        return false;
      }
    });
}

const drillPath = findDrill();
const skip = drillPath === undefined ? 'drill is not installed' : false;

const files = {
  'a.csv': 'a,b\n1, x \n\n"3 ""q""",y\n',
  'quoted.csv': "a,b\n1,'x,y'\n",
  'odd.csv': Buffer.from('a,b\r"x"y,1\nz"z", "q"\n\n"1""2"3,\r\n1\n\xff,1\n"open,1\n', 'latin1'),
  'lines.txt': Buffer.from('one\r\n\r\ntwo\n\xff\nthree\r', 'latin1'),
  'body.bin': Buffer.from([0, 1, 123, 123, 32, 97, 32, 125, 125, 255]),
  'parts/more.yml': "- name: included\n  request: { url: '/inc/{{ item }}' }\n  with_items_from_file: more.txt\n",
  'parts/more.txt': 'i1\ni2\n',
};

const plans: Readonly<Record<string, string>> = {
  'values and items': `
iterations: 3
concurrency: 1
plan:
  - name: Get json
    request: { url: /json }
    assign: r
  - name: "use {{ item }} {{ r.body.id }}"
    request:
      url: /x/{{ item }}/{{ index }}?a={{ r.body.f }}&b={{ r.body.big }}&c={{ r.body.s }}&d={{ r.body.u }}&e={{ r.body.e }}
      headers:
        X-Mixed-Case: "{{ r.headers.x-tok }} {{ r.body.o }} {{ r.body.list[0].n }}{{ r.body.list.1.n }} {{ r.status }}"
    with_items: [1, two, 3.0, true, 0x10, 1e3, 1.50, null]
  - name: post
    request: { url: /p, method: POST, headers: { Content-Type: application/json }, body: '{"i":{{ iteration }},"x":"{{ item }}"}' }
  - { name: put, request: { url: /p, method: put, body: { hex: 00FF7b7B } } }
  - { name: patch, request: { url: /p, method: PATCH, body: { file: body.bin } } }
  - { name: delete, request: { url: /p, method: DELETE, body: nope } }
  - { name: head, request: { url: /p, method: head } }
  - { name: range, request: { url: '/r/{{ item }}' }, with_items_range: { start: 2, stop: 10, step: 3 } }
  - { name: csv, request: { url: '/c/{{ item.a }}/{{ item.b }}/{{ index }}' }, with_items_from_csv: a.csv }
  - { name: quoted, request: { url: '/q/{{ item.a }}/{{ item.b }}' }, with_items_from_csv: { file_name: quoted.csv, quote_char: "'" } }
  - { name: odd, request: { url: '/o/{{ item.a }}/{{ item.b }}/' }, with_items_from_csv: odd.csv }
  - { name: lines, request: { url: '/l/{{ item }}' }, with_items_from_file: lines.txt }
  - { name: assign, assign: { key: foo, value: 12 } }
  - { name: assert, assert: { key: foo, value: "12" } }
  - { name: wait, delay: { seconds: 0 } }
  - { name: command, exec: { command: "echo 'hi {{ foo }}  '; echo; false" }, assign: out }
  - { name: use it, request: { url: '/e/{{ out }}' } }
  - include: parts/more.yml
`,
  redirects: `
plan:
  - { name: a, request: { url: /redirect } }
  - { name: b, request: { url: '/redirect?status=303', method: POST, body: x, headers: { content-type: text/plain, authorization: z } } }
  - { name: c, request: { url: '/redirect?status=307', method: POST, body: x, headers: { content-type: text/plain } } }
  - { name: d, request: { url: '/redirect?status=301', method: POST, body: x } }
  - { name: e, request: { url: '/redirect?status=302', method: PUT, body: x } }
  - { name: f, request: { url: '/redirect?status=308', method: DELETE } }
  - { name: g, request: { url: '/redirect?status=301', method: HEAD } }
  - { name: h, request: { url: '/redirect?status=303', method: DELETE } }
  - { name: i, request: { url: '/redirect?status=303', method: HEAD, headers: { content-type: text/plain, x-a: b } } }
  - { name: j, request: { url: '/redirect?status=300' } }
  - { name: l, request: { url: '/redirect?to=//127.0.0.1:PORT/absolute', headers: { authorization: keep } } }
  - { name: invalid, request: { url: '/redirect?to=http://[' }, assign: r }
  - { name: invalid too, request: { url: '/redirect?{{ r.status }}&to=http://127.0.0.1:99999/' } }
  - { name: m, request: { url: '/redirect?to=http://localhost:PORT/other', headers: { authorization: drop, x-a: b } } }
`,
  statuses: `
iterations: 4
concurrency: 1
plan:
  - { name: status, request: { url: '/status/{{ item }}' }, with_items: [200, 201, 204, 299, 304, 400, 404, 500, 503, 599] }
`,
  'odd URLs and headers': `
plan:
  - { name: a, request: { url: '/a b?q=x y#frag' } }
  - { name: b, request: { url: '/ü/%zz/"<>\`{}|\\^' } }
  - { name: c, request: { url: '/q?''"<>\`{}|\\^ü' } }
  - { name: d, request: { url: '//dd/../e/./f' } }
  - { name: e, request: { url: '/{{ 9x }}/{{x y}}/{{_u}}/{{{ iteration }}}/{{}}' } }
  - { name: f, request: { url: 'http://user:p%40ss@127.0.0.1:PORT/auth' } }
  - { name: g, request: { url: 'HTTP://127.0.0.1:PORT' } }
  - { name: h, request: { url: 'http://127.0.0.1:PORT?x=1' } }
  - { name: i, request: { url: '/x', headers: { X-E: '', User-Agent: mine, aCCept: y, X-Sp: '  pad  ', X-Utf: 'é✓Ċ' } } }
  - { name: j, request: { url: '/x', headers: { X-Sp: '  pad  ', X-Utf: 'é✓Ċ', X-I: '{{ iteration }} é' } } }
  - { name: k, request: { url: '/a%2fb%2E%2e/c' } }
  - { name: base, assign: { key: base, value: 'http://127.0.0.1:PORT/pre' } }
  - { name: m, request: { url: '/rebased' } }
`,
  'what is ignored, and a block scalar at the end': `
threads: 4
iterations: "2"
concurrency: 1
plan:
  - name: 5
    request: { url: /x, extra: 1, method: 5, headers: [a] }
    shuffle: "true"
    pick: "1"
    with_items:
      - { k: &v 1.50, l: [1, ~, true, 2.0] }
      - { k: *v, l: { b: 1, a: yes } }
  - name: last
    request:
      url: /y
      method: POST
      body: |
        line {{ item.k }} {{ item.l }}
        last
`,
};

function answer({ url }: SeenRequest): Answer {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (pathname === '/json')
    return {
      headers: { 'X-Tok': 'abc' },
      body: '{"id":7,"f":1.0,"big":18446744073709551615,"list":[{"n":"a"},{"n":null}],"o":{"z":1,"a":2.50},"e":1e3,"s":"x y&z","u":"ü"}',
    };
  if (pathname.startsWith('/status/')) return { status: Number(pathname.slice('/status/'.length)) };
  if (pathname === '/redirect')
    return {
      status: Number(searchParams.get('status') ?? 302),
      headers: { location: searchParams.get('to') ?? '/end?x=1' },
    };
  return { body: 'ok' };
}

/** What was sent, without what differs on purpose or by itself. */
function sent(server: LoggingServer): readonly string[] {
  return server.requests.map(({ method, url, headers, body }) => {
    const { host: _host, connection: _connection, ...rest } = headers;
    const named = rest['user-agent'] === 'archbench' ? { ...rest, 'user-agent': 'drill' } : rest;
    return `${method} ${url} ${JSON.stringify(Object.entries(named).toSorted(([a], [b]) => a.localeCompare(b)))} ${body.toString('hex')}`;
  });
}

/** The lines for steps and the counts, without times and without rows that were skipped. */
function printed(stdout: string): readonly string[] {
  return stdout
    .replace(/^\S+ → [^]*/m, '')
    .split('\n')
    .filter((line) => line !== '' && !/^error parsing|per (?:request|second)|deviation|percentile|taken/.test(line))
    .map((line) => line.replaceAll(/\b\d+ms/g, 'Nms'));
}

describe('drill itself and archbench', { skip }, () => {
  for (const [name, text] of Object.entries(plans))
    it(`do the same with ${name}`, async () => {
      await using server = await LoggingServer.start(answer);
      using folder = new PlanFolder(files);
      folder.write('plan.yml', `base: ${server.url}${text}`.replaceAll('PORT', String(server.port)).trimEnd());
      const theirs = await new Promise<{ code: number; stdout: string }>((resolve) => {
        execFile(drillPath ?? '', ['--benchmark', 'plan.yml', '--stats'], { cwd: folder.path }, (error, stdout) =>
          resolve({ code: Number(error?.code ?? 0), stdout }),
        );
      });
      const theirRequests = sent(server);
      server.forget();
      const ours = await runCli(['drill', '--benchmark', 'plan.yml', '--stats'], {
        cwd: folder.path,
        env: { PATH: process.env['PATH'] },
      });
      assert.deepEqual(sent(server), theirRequests);
      assert.deepEqual(printed(ours.stdout), printed(theirs.stdout));
      assert.equal(ours.exitCode, theirs.code);
    });
});
