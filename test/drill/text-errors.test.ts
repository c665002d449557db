import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PlanFolder } from '../support/drill.js';
import { runCli } from '../support/fake-io.js';

// Texts of a plan that say something else than they seem to: URLs, targets, placeholders.

/** A plan that requests. */
function at(head: string, fields: string): string {
  return `${head}\nplan:\n  - name: a\n    request: { ${fields} }\n`;
}

/** A plan that calls. */
function calling(base: string, call: string): string {
  return `base: ${base}\nplan:\n  - name: a\n    call: { ${call} }\n`;
}

describe('a placeholder that is none', () => {
  it('is a warning, at its place, and goes out as it stands', async () => {
    const rows: [text: string, warning: RegExp][] = [
      ['/{{ item', /^plan\.yml:4:21: warning: '\{\{ item' is not closed by \}\}: it is taken as it stands$/m],
      ['/{{ }}', /warning: '\{\{ \}\}' stands for nothing: it is taken as it stands$/m],
      [
        '/{{ $randmInt(1, 2) }}',
        /warning: '\{\{ \$randmInt\(1, 2\) \}\}' stands.*\n.*\n.*did you mean '\$randomInt'\?$/m,
      ],
    ];
    for (const [text, warning] of rows) {
      using folder = new PlanFolder({ 'plan.yml': at('base: http://h', `url: '${text}'`) });
      const { exitCode, stdout } = await runCli(['check', 'plan.yml'], { cwd: folder.path });
      assert.match(stdout, warning);
      assert.equal(exitCode, 0);
    }
    using folder = new PlanFolder({ 'plan.yml': at('base: http://h', "url: '/{{ $uuid }}/{{{{ item }}}}'") });
    assert.equal((await runCli(['check', 'plan.yml'], { cwd: folder.path })).stdout, 'plan.yml: ok\n');
  });
});

describe('a URL that cannot be one', () => {
  it('is a mistake of the plan, at its place, and nothing is sent', async () => {
    const rows: [plan: string, argv: string[], message: RegExp][] = [
      [at('', 'url: /x'), [], /^plan\.yml:4:21: error: '\/x' needs a 'base' that it is appended to$/m],
      [at('base: http://h', 'url: /x'), ['--base', ''], /error: '\/x' needs a 'base'/],
      [at('base: not a url', "url: '/{{ item }}'"), [], /error: 'not a url\/\{\{ item \}\}' is not a URL/],
      [at('base: localhost:80', 'url: /x'), [], /error: 'localhost:80\/x' is not a URL that begins with http:/],
      [
        at('base: http://h', 'url: /x'),
        ['--base', 'http://h:99999'],
        /error: 'http:\/\/h:99999\/x' has the port 99999, and/,
      ],
      [at('base: http://h', 'url: foo/bar'), [], /error: 'foo\/bar' is not a URL.*\n.*\n.*did you mean '\/foo\/bar'\?/],
      [at('base: http://h', "url: 'foo/{{ item }}'"), [], /error: 'foo\/\{\{ item \}\}' is not a URL/],
      [
        at('base: http://h', 'url: /, headers: { x: "a\\r\\nb" }'),
        [],
        /^plan\.yml:4:\d+: error: 'x': a header cannot hold line breaks/m,
      ],
      ['plan:\n  - name: a\n    call: { target: /x }\n', [], /^plan\.yml:3:21: error: a call needs a 'base'/m],
      [
        calling('http://h:80', 'target: /x'),
        [],
        /^plan\.yml:1:7: error: a call needs a 'base' .*found 'http:\/\/h:80'/m,
      ],
      [
        calling('h:80', 'target: /x'),
        ['--base', 'http://h:80'],
        /^plan\.yml:4:21: error: a call needs a 'base' .*found 'http:\/\/h:80'/m,
      ],
      [calling('tcp://h:80/path', 'target: /x'), [], /error: a call needs a 'base' .*found 'tcp:\/\/h:80\/path'/],
      [calling('tcp://h', 'target: /x'), [], /error: a call needs a 'base'/],
      [calling('h:80', 'target: x'), [], /^plan\.yml:4:21: error: 'x' is not a path.*\n.*\n.*did you mean '\/x'\?/m],
      [calling('h:80', "target: 'x{{ item }}'"), [], /^plan\.yml:4:21: error: 'x\{\{ item \}\}' is not a path/m],
      [calling('h:80', "target: '/a b'"), [], /error: '\/a b' is not a path that begins with \/, of visible ASCII/],
      [calling('h:80', 'target: x, connections: 0'), [], /error: 'x' is not a path/],
      [
        calling('h:80', 'target: /x, method: a b'),
        [],
        /^plan\.yml:4:33: error: 'method': expected a word such as GET/m,
      ],
      [
        `${calling('h:80', 'target: /x')}    check: [header: { name: a }]\n`,
        [],
        /^plan\.yml:5:13: error: a reply in frames has no headers/m,
      ],
    ];
    for (const [text, argv, message] of rows) {
      using folder = new PlanFolder({ 'plan.yml': text });
      const checked = await runCli(['check', 'plan.yml', ...argv], { cwd: folder.path });
      assert.deepEqual([checked.exitCode, message.test(checked.stdout)], [2, true], checked.stdout);
      const driven = await folder.drill(['plan.yml', ...argv]);
      assert.deepEqual([driven.exitCode, driven.stdout, message.test(driven.stderr)], [2, '', true], driven.stderr);
    }
  });

  it('has its base told once, however many calls need it', async () => {
    using folder = new PlanFolder({
      'plan.yml': `${calling('http://h', 'target: /x')}  - name: b\n    call: { target: /y }\n`,
    });
    const { stdout } = await runCli(['check', 'plan.yml'], { cwd: folder.path });
    assert.equal(stdout.match(/error/g)?.length, 1, stdout);
  });

  it('is not one that only the run can tell', async () => {
    for (const text of [
      at('base: http://h', "url: '{{ url }}'"),
      at('base: http://h', "url: 'http://{{ host }}:{{ port }}/'"),
      at('base: http://h', "url: 'http{{ s }}://h/'"),
      at('base: http://h', 'url: ftp://h/'),
      'plan:\n  - name: a\n    assign: { key: base, value: http://h }\n  - name: b\n    request: { url: /x }\n',
    ]) {
      using folder = new PlanFolder({ 'plan.yml': text });
      const { exitCode, stdout } = await runCli(['check', 'plan.yml'], { cwd: folder.path });
      assert.equal(exitCode, 0, stdout);
    }
  });
});
