import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { DrillReport } from '../../src/core/results.js';
import { drill, PlanFolder } from '../support/drill.js';
import { runCli } from '../support/fake-io.js';

// Errors that teach: everything at once, each at its place.

const twelveMistakes = `bse: http://localhost
iterations: 0
timeout: soon
thresholds: ['p98 < 5ms']
plan:
  - nme: one
    request: { url: / }
  - name: two
    request: { url: 1.5, method: POTS, headers: { x: 5 } }
  - name: three
    request: { url: /, method: POST }
  - name: four
    reqest: { url: / }
  - name: five
    delay: { seconds: -1 }
  - name: six
    with_items_range: { start: a, stop: 2 }
    request: { url: /, method: PUT, body: { hex: xyz } }
  - name: seven
    assert: { key: a }
  - seven
`;

describe('a plan with many mistakes', () => {
  it('gets a located message for each of them in one run', async () => {
    using folder = new PlanFolder({ 'plan.yml': twelveMistakes });
    const { exitCode, stdout } = await runCli(['check', 'plan.yml', '--format', 'json'], { cwd: folder.path });
    const [result] = JSON.parse(stdout) as {
      ok: boolean;
      diagnostics: { severity: string; line: number; column: number; message: string; hint?: string }[];
    }[];
    assert.equal(exitCode, 2);
    assert.equal(result?.ok, false);
    assert.deepEqual(
      result?.diagnostics.map(({ severity, line, column, message }) => `${line}:${column} ${severity} ${message}`),
      [
        "1:1 warning unknown key 'bse'",
        "2:13 error 'iterations': expected a whole number from 1, found 0",
        '3:10 error \'timeout\': expected a duration such as 500ms or 5s, found the text "soon"',
        "4:14 error 'p98 < 5ms': unknown metric 'p98', did you mean 'p90'? (known: min, p50, p75, p90, p95, p99, p99.9, max, mean, rps, errors, requests)",
        "6:5 warning unknown key 'nme'",
        "6:5 error 'name' is missing",
        "7:21 error '/' needs a 'base' that it is appended to",
        "9:21 error 'url': expected a text or a whole number, found the number 1.5",
        '9:34 error \'method\': expected one of GET, POST, PUT, PATCH, DELETE, HEAD, found the text "POTS"',
        "9:54 error 'x': expected a text, found the number 5",
        '11:32 error a POST needs a \'body\'; body: "" sends an empty one',
        '13:5 error this step does nothing known',
        "15:23 error 'seconds': expected a whole number from 0, found the number -1",
        '17:32 error \'start\': expected a whole number, found the text "a"',
        "18:50 error 'hex': expected pairs of hexadecimal digits without spaces, found 'xyz'",
        "20:13 error 'value' is missing",
        '21:5 error expected a step, a mapping with a name and an action, found the text "seven"',
      ],
    );
  });

  it('shows the line, a caret and the nearest right word', async () => {
    using folder = new PlanFolder({
      'plan.yml': `plan:\n  - name: a\n    request:\n      ur: /x\n      url: http://h/x\n`,
    });
    const { exitCode, stdout } = await runCli(['check', 'plan.yml'], { cwd: folder.path });
    assert.equal(exitCode, 0);
    assert.equal(
      stdout,
      `plan.yml:4:7: warning: unknown key 'ur'\n    4 |       ur: /x\n      |       ^ did you mean 'url'?\nplan.yml: ok\n`,
    );
    const strict = await runCli(['check', 'plan.yml', '--strict'], { cwd: folder.path });
    assert.equal(strict.exitCode, 2);
    assert.match(strict.stdout, /^plan\.yml:4:7: error: unknown key 'ur'$/m);
  });

  it('has what is doubtful about it in the report, each in one line', async () => {
    using folder = new PlanFolder({
      'plan.yml': 'durtion: 1s\nplan:\n  - name: a\n    assign: { key: a, value: b }\n    arrival: x\n',
    });
    const { stdout } = await folder.drill(['plan.yml', '--format', 'json']);
    const [first, second, ...others] = (JSON.parse(stdout) as DrillReport).warnings;
    assert.equal(first, "plan.yml:1:1: unknown key 'durtion', did you mean 'duration'?");
    assert.match(second ?? '', /^plan\.yml:5:5: unknown key 'arrival', known here: [^\n]*name, tags[^\n]*$/);
    assert.deepEqual(others, []);
  });

  it('shows a part of a long line, signs for control characters, and no line of a file that is not there', async () => {
    using folder = new PlanFolder({
      'long.yml': `plan:\n  - name: a\n    request: { url: http://h/, x: ${'a'.repeat(200_000)}, mehtod: GET }\n`,
      'control.yml': 'plan:\n  - name: a\n    requst: {url: "\u001b[2J\u007f"}\n',
      'tagged.yml': 'plan:\n  - name: a\n    request: !bar {url: http://h/}\n',
    });
    const check = async (file: string) => (await runCli(['check', file], { cwd: folder.path })).stdout;
    const long = await check('long.yml');
    assert.match(
      long,
      /unknown key 'mehtod'\n {4}3 \| …a{78}, mehtod: GET \}\n {6}\| {82}\^ did you mean 'method'\?$/m,
    );
    assert.ok(long.length < 1000, String(long.length));
    assert.match(await check('control.yml'), /^ {4}3 \| {5}requst: \{url: "␛\[2J␡"\}$/m);
    assert.match(await check('tagged.yml'), /error: 'request': expected a mapping, found a value with the tag !bar$/m);
    assert.equal(
      await check('absent.yml'),
      "absent.yml:1:1: error: cannot read the plan 'absent.yml': there is no such file\nabsent.yml: wrong\n",
    );
  });

  it('is a text in another encoding than UTF-8, which would be changed without a word', async () => {
    const head = Buffer.from('\uFEFFplan:\r\n  - name: "\uFFFD"\n    request: { url: http://h/caf');
    using folder = new PlanFolder({
      'plan.yml': Buffer.concat([head, Buffer.from('\xe9 }\n', 'latin1')]),
      'outer.yml': 'plan:\n  - include: utf16.yml\n',
      'utf16.yml': Buffer.from('\uFEFF- name: a\n', 'utf16le'),
    });
    const { exitCode, stdout } = await runCli(['check', 'plan.yml', 'outer.yml'], { cwd: folder.path });
    assert.equal(exitCode, 2);
    assert.match(stdout, /^plan\.yml:3:33: error: this is not UTF-8, which a plan is\n {4}3 \| .*caf\uFFFD \}$/m);
    assert.match(stdout, /^utf16\.yml:1:1: error: this is not UTF-8/m);
    assert.equal(stdout.match(/error/g)?.length, 2);
  });

  it('has the first fifty of a kind told, and how many more there are', async () => {
    const keys = Array.from({ length: 5000 }, (_, number) => `key${number}: 1\n`).join('');
    using folder = new PlanFolder({
      'unknown.yml': `${keys}base: http://h\nplan:\n  - name: a\n    request: { url: / }\n`,
      'twice.yml': `${keys}${keys}plan: []\n`,
    });
    const unknown = await runCli(['check', 'unknown.yml'], { cwd: folder.path });
    assert.match(unknown.stdout, /^unknown\.yml:50:1: warning: unknown key 'key49'$/m);
    assert.match(unknown.stdout, /^unknown\.yml:50:1: warning: and 4950 warnings more\nunknown\.yml: ok$/m);
    assert.equal(unknown.stdout.match(/ warning: /g)?.length, 51);
    const twice = await folder.drill(['twice.yml']);
    assert.equal(twice.exitCode, 2);
    assert.match(
      twice.stderr,
      /^error: the plan has 5000 mistakes\ntwice\.yml:5001:1: error: this key stands here twice$/m,
    );
    assert.match(twice.stderr, /^twice\.yml:5050:1: error: and 4950 errors more$/m);
  });

  it('is found in included files too, each under its own name', async () => {
    using folder = new PlanFolder({
      'plan.yml': `plan:\n  - include: parts/a.yml\n  - name: x\n    delay: {}\n`,
      'parts/a.yml': `- name: y\n  assign: { key: k }\n`,
      'good.yml': `plan:\n  - name: x\n    request: { url: http://127.0.0.1/ }\n`,
    });
    const { exitCode, stdout } = await runCli(['check', 'plan.yml', 'good.yml', 'absent.yml'], { cwd: folder.path });
    assert.equal(exitCode, 2);
    assert.match(stdout, /^parts\/a\.yml:2:11: error: 'value' is missing$/m);
    assert.match(stdout, /^plan\.yml:4:12: error: 'seconds' is missing$/m);
    assert.match(stdout, /^good\.yml: ok$/m);
    assert.match(stdout, /^absent\.yml:1:1: error: cannot read the plan 'absent\.yml': there is no such file$/m);
  });

  it('finds the threshold of a step that is never measured, and judges none of a step that the tags leave out', async () => {
    using folder = new PlanFolder({
      'plan.yml': `thresholds:\n  - step 'logn' p99 < 1s\n  - step 'wait' p99 < 1s\nplan:\n  - name: login\n    request: { url: http://h/ }\n  - name: wait\n    delay: { seconds: 0 }\n`,
      'tags.yml': `thresholds: ["step 'a' errors < 1%"]\nplan:\n  - name: a\n    tags: [never]\n    request: { url: http://h/ }\n`,
    });
    const { exitCode, stdout } = await runCli(['check', 'plan.yml'], { cwd: folder.path });
    assert.equal(exitCode, 2);
    assert.match(stdout, /^plan\.yml:2:5: error: the plan has no request 'logn'\n.*\n.*\^ did you mean 'login'\?$/m);
    assert.match(stdout, /^plan\.yml:3:5: error: the plan has no request 'wait'$/m);
    const tags = await runCli(['check', 'tags.yml'], { cwd: folder.path });
    assert.equal(tags.exitCode, 0);
    assert.match(tags.stdout, /^tags\.yml:1:14: warning: the tags leave out the step 'a': this is not judged$/m);
  });

  it('is never a stack: a plan that is not a plan', async () => {
    const texts = [
      '',
      '# nothing',
      '[]',
      'just text',
      '5',
      'plan: [',
      '\t- a: b',
      'plan: &a\n  - *a\n',
      'a: *b\nplan: []',
      'plan:\n  - name: &i {x: *i}\n    request: {url: http://h/}',
      'plan:\n  - name: a\n    request: {url: http://h/}\n    with_items: &l [1, *l]',
      'plan:\n  - name: a\n    request: {url: http://h/}\n    with_items_range: {start: 1, stop: 10000000000}\n    shuffle: true',
      '? [a]\n: b\nplan: [{}]',
      '\u0000',
      'plan:\n  - {name: a, request: &r {url: /, x: *r}}',
    ];
    for (const text of texts) {
      using folder = new PlanFolder({ 'plan.yml': text });
      const { exitCode, stdout } = await runCli(['check', 'plan.yml'], { cwd: folder.path });
      assert.equal(exitCode, 2, JSON.stringify(text));
      assert.match(stdout, /^plan\.yml:\d+:\d+: error: /m, JSON.stringify(text));
    }
  });
});

describe('a plan that is too deep', () => {
  it('is refused in words', async () => {
    using folder = new PlanFolder({ 'plan.yml': `plan: ${'['.repeat(20_000)}` });
    const { exitCode, stderr } = await folder.drill(['plan.yml']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^plan\.yml:1:\d+: error: not valid YAML: lists and mappings are nested too deeply$/m);
  });
});

/** A step of two lines, and one more where there is any. */
function step(number: number, more = ''): string {
  return `  - name: step ${number}\n    request: { url: /${number} }\n${more === '' ? '' : `    ${more}\n`}`;
}

function manySteps(more: Readonly<Record<number, string>>): string {
  const steps = Array.from({ length: 300 }, (_, number) => step(number, more[number]));
  return `plan:\n${steps.join('')}base: http://localhost\n`;
}

/** What `check` says, without the lines of the plan that it shows. */
async function diagnosisOf(text: string): Promise<string> {
  using folder = new PlanFolder({ 'plan.yml': text });
  return (await runCli(['check', 'plan.yml'], { cwd: folder.path })).stdout.replace(/^ .*\n/gm, '');
}

describe('a plan with very many steps', () => {
  it('is read like a short one, and its mistakes stand where they are', async () => {
    assert.equal(await diagnosisOf(manySteps({})), 'plan.yml: ok\n');
    assert.equal(
      await diagnosisOf(manySteps({ 10: 'tags: 5', 290: 'delay: { seconds: 1 }' })),
      "plan.yml:24:11: warning: 'tags' is ignored: expected a list of texts, found the number 5\n" +
        "plan.yml:584:5: warning: this step is a delay; its 'request' is ignored\nplan.yml: ok\n",
    );
    assert.equal(
      await diagnosisOf(manySteps({ 10: 'name: again', 290: 'name: again' })),
      'plan.yml:24:5: error: this key stands here twice\nplan.yml:585:5: error: this key stands here twice\n' +
        'plan.yml: wrong\n',
    );
    assert.match(
      await diagnosisOf(manySteps({ 100: '- [' })),
      /^plan\.yml:204:\d+: error: not valid YAML: .*\nplan.yml: wrong\n$/,
    );
  });

  it('may repeat pieces of itself', async () => {
    const anchored = manySteps({ 1: 'with_items: &items [a, b]', 280: 'with_items: *items', 290: 'with_items: *itms' });
    assert.equal(
      await diagnosisOf(anchored),
      "plan.yml:586:17: error: there is no anchor '&itms' above\nplan.yml: wrong\n",
    );
    assert.equal(await diagnosisOf(anchored.replace('*itms', '*items')), 'plan.yml: ok\n');
  });
});

describe('one step with many mistakes', () => {
  it('has each of them told, whatever else is wrong with it', async () => {
    const text = `base: '{{ NOT_THERE }}'
plan:
  - name: one
    request: { url: /x, method: FOO, headers: { 'c d': x, a: 1 } }
    check: [{ statsu: 200 }, { status: abc }, { status: 99 }, { body: { matches: '(' } }]
  - name: two
    request: { url: nowhere, method: { a: b } }
    extract: { a: '(', b: { heder: x } }
  - name: three
    request: { url: /x, method: POST, body: { multipart: [{ name: a }, { value: x }] } }
  - name: four
    request: { url: /x, headers: { A: x, a: y } }
`;
    assert.equal(
      await diagnosisOf(text),
      `plan.yml:1:7: error: 'base': the environment has no variable 'NOT_THERE'
plan.yml:4:33: error: 'method': expected one of GET, POST, PUT, PATCH, DELETE, HEAD, found the text "FOO"
plan.yml:4:56: error: 'c d' cannot be the name of a header
plan.yml:4:62: error: 'a': expected a text, found the number 1
plan.yml:5:15: error: there is no check 'statsu'
plan.yml:5:40: error: expected a status such as 200, or a class such as 2xx, found the text "abc"
plan.yml:5:57: error: expected a status such as 200, or a class such as 2xx, found the number 99
plan.yml:5:82: error: not a regular expression: /(/u: Unterminated group
plan.yml:7:21: error: 'nowhere' is not a URL, nor a path that begins with /
plan.yml:7:38: error: 'method': expected a text, found the mapping {"a":"b"}
plan.yml:8:19: error: not a regular expression: /(/u: Unterminated group
plan.yml:8:27: error: 'b': expected a regular expression, { regex, header } or { json: path }, found the mapping {"heder":"x"}
plan.yml:10:72: error: 'name' is missing
plan.yml:12:45: warning: the header 'a' stands here twice: this one counts
plan.yml: wrong
`,
    );
  });

  it('says that a port is too high', async () => {
    assert.equal(
      await diagnosisOf('plan:\n  - name: a\n    request: { url: "http://h:99999/x" }\n'),
      "plan.yml:3:21: error: 'http://h:99999/x' has the port 99999, and ports end at 65535\nplan.yml: wrong\n",
    );
  });

  it('may be other things where a mapping is wanted', async () => {
    const text = `headers: .nan
plan:
  - name: one
    request: { url: http://h/, headers: -.inf }
  - name: two
    request: { url: http://h/ }
    extract: [a]
  - name: three
    request: { url: http://h/ }
    extract: 1.5
`;
    assert.equal(
      await diagnosisOf(text),
      `plan.yml:1:10: warning: 'headers' is ignored: expected a mapping, found the number NaN
plan.yml:4:41: warning: 'headers' is ignored: expected a mapping, found the number -Infinity
plan.yml:7:14: error: 'extract': expected a mapping, found a list
plan.yml:10:14: error: 'extract': expected a mapping, found the number 1.5
plan.yml: wrong
`,
    );
  });
});

describe('a load that contradicts itself', () => {
  const steps = 'plan:\n  - name: a\n    request: { url: http://127.0.0.1:1/ }\n';
  const stages = 'stages: [{ rate: 5, for: 1s }]\n';

  it('is told once', async () => {
    for (const key of ['rate: 5', 'rampup: 5', 'iterations: 5'])
      assert.equal(
        await diagnosisOf(`${key}\n${stages}${steps}`),
        `plan.yml:1:${key.indexOf('5') + 1}: error: '${key.slice(0, -3)}' and 'stages' exclude each other: the stages say it all\nplan.yml: wrong\n`,
      );
  });

  it('is no mistake of the plan where an option alone is wrong', async () => {
    assert.deepEqual(await drill(steps, ['--concurrency', '2M', '--duration', '1s']), {
      exitCode: 2,
      stdout: '',
      stderr: "error: --concurrency expects a whole number from 1 to 1000000, found '2M'\n",
    });
  });

  it('has stages in which nothing would run', async () => {
    for (const of of ['rate', 'concurrency'])
      assert.equal(
        await diagnosisOf(`stages: [{ ${of}: 0, for: 1s }, { ${of}: 0, for: 1s, ramp: linear }]\n${steps}`),
        "plan.yml:1:9: error: 'stages': all of them are 0, and nothing would run\nplan.yml: wrong\n",
      );
    assert.equal(await diagnosisOf(`stages: [{ rate: 0, for: 1s }, { rate: 1, for: 1s }]\n${steps}`), 'plan.yml: ok\n');
  });

  it('takes no ramp-up from the command line beside a rate or stages', async () => {
    for (const load of ['rate: 5\nduration: 1s\n', stages]) {
      const { exitCode, stderr } = await drill(`${load}${steps}`, ['--rampup', '1s']);
      assert.equal(exitCode, 2);
      assert.match(
        stderr,
        /^plan\.yml:1:\d+: error: --rampup spreads the start of a concurrency, and this is another load$/m,
      );
    }
  });

  it('has its stages replaced by a pace that needs an end', async () => {
    using folder = new PlanFolder({ 'plan.yml': `${stages}${steps}` });
    for (const pace of ['rate', 'concurrency']) {
      const { exitCode, stderr } = await folder.drill(['plan.yml', `--${pace}`, '5']);
      assert.equal(exitCode, 2);
      assert.equal(
        stderr,
        `error: the plan has a mistake
plan.yml:1:9: error: a ${pace} on the command line replaces these stages, and needs an end
    1 | stages: [{ rate: 5, for: 1s }]
      |         ^ --duration, or --iterations
`,
      );
      assert.equal((await folder.drill(['plan.yml', `--${pace}`, '5', '--iterations', '5'])).exitCode, 0);
    }
  });
});

describe('what a plan cannot hold', () => {
  it('is more than a million values repeated by aliases', async () => {
    const levels = ['a: &a [x, x, x, x, x, x, x, x]\n'];
    for (const [below, name] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh'])
      levels.push(`${name}: &${name} [${Array(9).fill(`*${below}`).join(', ')}]\n`);
    const text = `${levels.join('')}plan:\n  - { name: a, request: { url: http://h/ }, with_items: *h }\n`;
    assert.equal(
      await diagnosisOf(text),
      'plan.yml:7:8: error: aliases repeat more than 1000000 values\nplan.yml: wrong\n',
    );
  });

  it('is a file that does not end', { skip: !existsSync('/dev/zero') }, async () => {
    assert.equal(
      await diagnosisOf('plan:\n  - include: /dev/zero\n'),
      "plan.yml:2:14: error: cannot read the plan '/dev/zero': it does not end within 256 MiB\nplan.yml: wrong\n",
    );
  });
});
