import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { drill, PlanFolder } from '../../support/drill.js';
import { LoggingServer } from '../../support/logging-server.js';

// Items 34 to 44: variables, interpolation, assign, assert, exec.

const server = await LoggingServer.start();
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.forget();
  server.respond = () => ({});
});

/** A plan whose first step gets `body` from the server as `r`, followed by steps of one line each. */
const withResponse = (body: string, ...steps: readonly string[]): string => {
  server.respond = ({ url }) => (url === '/r' ? { body, headers: { 'x-twice': ['one', 'two'], 'X-Up': 'Case' } } : {});
  return plan('request: { url: /r }\n    assign: r', ...steps);
};
const plan = (...steps: readonly string[]): string =>
  `base: ${server.url}\nplan:\n${steps.map((step) => `  - name: step\n    ${step}\n`).join('')}`;
/** Sends a text as a header, so that it arrives as it was rendered. */
const send = (text: string): string => `request: { url: /, headers: { x: ${JSON.stringify(text)} } }`;
const sent = (): readonly (string | undefined)[] =>
  server.requests.filter(({ url }) => url === '/').map(({ headers }) => headers['x']);

describe('drill conformance: values', () => {
  it('34. assign gives status, headers in lower case and body; not JSON renders empty; any content type is parsed', async () => {
    await drill(withResponse('{"a":{"b":"deep"}}', send('{{ r.status }} {{ r.headers.x-up }} {{ r.body.a.b }}')));
    await drill(withResponse('\uFEFF{"a":{"b":"after a mark"}}', send('{{ r.body.a.b }}')));
    await drill(withResponse('<html>', send('[{{ r.body }}]')));
    assert.deepEqual(sent(), ['200 Case deep', 'after a mark', '[]']);
    server.forget();
    for (const name of ['~', 'true', '1.5', '5', '[x]']) {
      const ignored = await drill(plan(`${send('sent')}\n    assign: ${name}`));
      assert.match(ignored.stderr, /warning: 'assign' is ignored: expected a text, found /);
    }
    assert.equal(sent().length, 5);
    assert.equal((await drill(plan('exec: { command: "true" }\n    assign: { a: b }'))).exitCode, 2);
  });

  it('35. of repeated response headers the last is kept', async () => {
    await drill(withResponse('', send('{{ r.headers.x-twice }}')));
    assert.deepEqual(sent(), ['two']);
  });

  it('36. paths a.b[0].c and a.b.0.c are equal; hyphens, $, _ and digits are allowed after the first letter', async () => {
    const body = '{"b":[{"c":"found"}],"k-e_y$1":"odd"}';
    await drill(withResponse(body, send('{{ r.body.b[0].c }} {{ r.body.b.0.c }} {{ r.body.k-e_y$1 }}')));
    assert.deepEqual(sent(), ['found found odd']);
    const leadingZero = await drill(withResponse(body, send('{{ r.body.b[01].c }}')));
    assert.equal(leadingZero.exitCode, 1);
  });

  it('37. integers to 64 bits render exactly; floats keep .0; null is empty; objects are compact and key-sorted', async () => {
    const body =
      '{"big":18446744073709551615,"small":-9223372036854775808,"one":1.0,"e3":1e3,"e20":1e20,"tiny":1e-7,"zero":-0,' +
      '"none":null,"yes":true,"o":{"b":[1,2.0,"x"],"a":null},"over":28446744073709551615,"half":0.00001}';
    const names = ['big', 'small', 'one', 'e3', 'e20', 'tiny', 'zero', 'none', 'yes', 'o', 'over', 'half'];
    await drill(withResponse(body, send(names.map((name) => `{{ r.body.${name} }}`).join('|'))));
    await drill(plan(`${send('{{ item }}')}\n    with_items: [2.0, 7, 0x10, 12345678901234567890]`));
    assert.deepEqual(sent(), [
      '18446744073709551615|-9223372036854775808|1.0|1000.0|1e+20|1e-7|-0.0||true|{"a":null,"b":[1,2.0,"x"]}|2.844674407370955e+19|0.00001',
      '2.0',
      '7',
      '16',
      '12345678901234567890',
    ]);
  });

  it('37. numbers of a plan: what begins with 0 is text, 0x 0o 0b have signs, what no double holds is text', async () => {
    const rows: [written: string, text: string][] = [
      ['010', '010'],
      ['00', '00'],
      ['-01', '-01'],
      ['08', '08'],
      ['01.5', '1.5'],
      ['0x1F', '31'],
      ['-0x10', '-16'],
      ['0o17', '15'],
      ['+0b11', '3'],
      ['0b2', '0b2'],
      ['-0', '0'],
      ['+5', '5'],
      ['.5', '0.5'],
      ['5.', '5.0'],
      ['1E+3', '1000.0'],
      ['-1e20', '-1e+20'],
      ['1e400', '1e400'],
      ['.inf', ''],
      ['1_000', '1_000'],
      ['yes', 'yes'],
    ];
    const items = rows.map(([written]) => written).join(', ');
    for (const directive of ['', '%YAML 1.1\n---\n']) {
      server.forget();
      await drill(`${directive}${plan(`${send('{{ item }}')}\n    with_items: [${items}]`)}`);
      assert.deepEqual(
        sent(),
        rows.map(([, text]) => text),
        directive,
      );
    }
    server.forget();
    const text = `base: ${server.url}\nplan:\n  - { name: 007, assign: { key: x, value: 007 } }\n  - name: 010\n    request: { url: '/{{ x }}', method: POST, body: 012 }\n`;
    assert.equal((await drill(text)).exitCode, 0);
    assert.deepEqual([server.urls, server.requests[0]?.body.toString()], [['/007'], '012']);
  });

  it('38. ill-formed placeholders stay as written; replacement is single-pass', async () => {
    const odd = '{{ 9x }}|{{ a b }}|{{_x}}|{{}}|{{ x | f }}|{{{ who }}}|{{who}}|{{ again }}';
    await drill(plan('assign: { key: who, value: me }', "assign: { key: again, value: '{{ who }}' }", send(odd)));
    assert.deepEqual(sent(), ['{{ 9x }}|{{ a b }}|{{_x}}|{{}}|{{ x | f }}|{me}|me|{{ who }}']);
  });

  it('39. context beats environment; environment is the fallback anywhere a value is interpolated', async () => {
    const text = plan(
      'assign: { key: A, value: context }',
      send('{{ A }} {{ B }} {{ iteration }}'),
      'request: { url: "/{{ B }}", method: POST, body: "{{ B }}" }',
    );
    await drill(text, [], { env: { A: 'environment', B: 'from-env', iteration: 'no' } });
    assert.deepEqual(sent(), ['context from-env 0']);
    assert.equal(server.requests[1]?.url, '/from-env');
    assert.equal(server.requests[1]?.body.toString(), 'from-env');
  });

  it('40. an unknown variable aborts with its name; relaxed, it is empty with a warning on stderr', async () => {
    const text = plan(send('first'), send('[{{ nobody.knows }}]'), send('third'));
    const strict = await drill(text);
    assert.equal(strict.exitCode, 1);
    assert.match(
      strict.stderr,
      /^error: plan\.yml:6:\d+: nothing has set the variable 'nobody\.knows' \(iteration 0\)$/m,
    );
    assert.deepEqual(sent(), ['first']);
    const relaxed = await drill(text, ['--relaxed-interpolations']);
    assert.equal(relaxed.exitCode, 0);
    assert.match(relaxed.stderr, /^WARNING! Unknown 'nobody.knows' variable!$/m);
    assert.deepEqual(sent(), ['first', 'first', '[]', 'third']);
    server.forget();
    for (const argv of [[], ['-q']]) {
      const named = await drill(plan(send('first')).replace('name: step', "name: 'a {{ nobody }}'"), argv);
      assert.equal(named.exitCode, 1);
      assert.deepEqual(sent(), [], "a step's name is made before its request is sent, even if nobody reads it");
    }
  });

  it('41. assign {key, value} stores the literal text; integers become text; other types are refused', async () => {
    await drill(
      plan("assign: { key: a, value: ' x{{ y }} ' }", 'assign: { key: b, value: 0x10 }', send('[{{ a }}{{ b }}]')),
    );
    assert.deepEqual(sent(), ['[ x{{ y }} 16]']);
    for (const value of ['1.5', 'true', 'null', '{ a: b }', '[1]'])
      assert.equal((await drill(plan(`assign: { key: a, value: ${value} }`))).exitCode, 2, value);
  });

  it('42. assert compares text; a mismatch aborts the run at once, non-zero (here with what was measured)', async () => {
    const right = await drill(
      withResponse(
        '{"n":null}',
        "assert: { key: r.status, value: '200' }",
        'assert: { key: r.status, value: 200 }',
        "assert: { key: r.body.n, value: '' }",
        "assert: { key: ' r.status ', value: 200 }",
      ),
    );
    assert.equal(right.exitCode, 0);
    server.forget();
    const wrong = await drill(
      `iterations: 5\nconcurrency: 1\n${withResponse('', 'assert: { key: r.status, value: 201 }', send('never'))}`,
      ['--stats'],
    );
    assert.equal(wrong.exitCode, 1);
    assert.match(
      wrong.stderr,
      /^error: assertion failed in step 'step', iteration 0: expected r.status to be '201', it is '200'$/m,
    );
    assert.deepEqual(server.urls, ['/r']);
    assert.match(wrong.stdout, /^Successful requests +1$/m);
  });

  it('42. (ours) --on-assert-fail continue counts the mismatch and goes on', async () => {
    const text = `iterations: 3\nconcurrency: 1\n${withResponse('', 'assert: { key: r.status, value: 201 }', send('goes on'))}`;
    const { exitCode, stdout } = await drill(text, ['--on-assert-fail', 'continue', '--format', 'json']);
    assert.equal(exitCode, 0);
    const { total } = JSON.parse(stdout) as { total: { errors: unknown; checks: unknown; ok: number } };
    assert.deepEqual([total.ok, total.checks], [6, { passed: 0, failed: 3 }]);
    assert.deepEqual(total.errors, [
      { class: 'assert', message: "step: expected r.status to be '201', it is '200'", count: 3 },
    ]);
    const quiet = await drill(text, ['--on-assert-fail', 'continue', '-q']);
    assert.equal(quiet.exitCode, 0);
    assert.equal(
      quiet.stderr,
      "WARNING! 3 checks or asserts did not hold, 3 of them: step: expected r.status to be '201', it is '200'\n",
    );
  });

  it('43. assert on an unknown key aborts even when relaxed', async () => {
    const { exitCode, stderr } = await drill(plan('assert: { key: nobody, value: x }'), ['--relaxed-interpolations']);
    assert.equal(exitCode, 1);
    assert.match(stderr, /expected nobody to be 'x', nothing has set it/);
  });

  it('44. exec runs in bash with interpolation; assign gets right-trimmed stdout; a non-zero status is ignored', async () => {
    await drill(
      plan(
        'assign: { key: who, value: me }',
        `exec: { command: "[[ x == x ]] && printf '  %s \\n\\n' {{ who }}; echo oops >&2; exit 3" }\n    assign: out`,
        send('[{{ out }}]'),
      ),
      [],
      { env: { PATH: process.env['PATH'] } },
    );
    assert.deepEqual(sent(), ['[  me]']);
  });

  it('44. (ours) values stand in the environment of a command, safe from the shell; --no-exec refuses commands', async () => {
    using folder = new PlanFolder();
    const evil = JSON.stringify({ 'user-name': `x'; touch ${folder.path}/broken; echo '` });
    const text = withResponse(
      evil,
      `exec: { command: 'printf %s "$ARCHBENCH_R_BODY_USER_NAME/$ARCHBENCH_R_STATUS"' }\n    assign: out`,
      send('{{ out }}'),
    );
    folder.write('plan.yml', text);
    await folder.drill(['plan.yml'], { env: { PATH: process.env['PATH'] } });
    assert.deepEqual(sent(), [`${(JSON.parse(evil) as { 'user-name': string })['user-name']}/200`]);
    assert.throws(() => folder.read('broken'));
    const refused = await folder.drill(['plan.yml', '--no-exec']);
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /commands are refused by --no-exec/);
  });
});
