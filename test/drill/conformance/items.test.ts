import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { drill, PlanFolder } from '../../support/drill.js';
import { LoggingServer } from '../../support/logging-server.js';

// Items 45 to 58: items, files, includes, tags.

const server = await LoggingServer.start();
after(() => server[Symbol.asyncDispose]());
beforeEach(() => server.forget());

const plan = (...steps: readonly string[]): string =>
  `base: ${server.url}\nplan:\n${steps.map((step) => `  - name: step\n    ${step.replaceAll('\n', '\n    ')}\n`).join('')}`;
const each = (url: string, keys: string): string => `request: { url: '${url}' }\n${keys}`;

const tagged = (tags: string): string => `request: { url: '/${tags.replaceAll(/[^a-z]/g, '')}' }\ntags: ${tags}`;

/** A step as --list-tasks prints it. */
const listed = (url: string, ...tagList: readonly string[]): string =>
  `name: step\nrequest:\n  url: ${url}\ntags:\n${tagList.map((tag) => `- ${tag}\n`).join('')}\n`;

/** Runs a plan that must be refused: exit 2, nothing sent. */
async function refuses(text: string, message: RegExp): Promise<void> {
  const { exitCode, stderr } = await drill(text);
  assert.equal(exitCode, 2, text);
  assert.match(stderr, message);
  assert.deepEqual(server.lines, [], text);
}

describe('drill conformance: items', () => {
  it('45. with_items sends one request per item in order; `item` and `index` are set and stay', async () => {
    await drill(
      plan(
        each('/{{ item }}/{{ index }}', 'with_items: [null, a, 7, true, null]'),
        each('/{{ item.k }}/{{ index }}', 'with_items: [{ k: x }, { k: y }]'),
        'request: { url: "/{{ item.k }}/{{ index }}/after" }',
      ),
    );
    assert.deepEqual(server.urls, ['//0', '/a/1', '/7/2', '/true/3', '//4', '/x/0', '/y/1', '/y/1/after']);
  });

  it('46. interpolation inside a string item, an item file name or an include path is refused at load', async () => {
    await refuses(
      plan(each('/', "with_items: [a, 'b{{ c }}']")),
      /^plan\.yml:5:\d+: error: an item is taken as it is/m,
    );
    await refuses(plan(each('/', "with_items_from_csv: '{{ f }}.csv'")), /the path of a file is taken as it is/);
    await refuses(plan(each('/', "with_items_from_file: '{{ f }}.txt'")), /the path of a file is taken as it is/);
    await refuses(`base: x\nplan:\n  - include: '{{ f }}.yml'\n`, /the path of a file is taken as it is/);
  });

  it('47. with_items_range is inclusive; default step 1; empty when stop < start; bad bounds are refused (here 0 may begin it)', async () => {
    const rows: [string, string[]][] = [
      ['start: 1, stop: 3', ['/1', '/2', '/3']],
      ['start: 2, step: 5, stop: 12', ['/2', '/7', '/12']],
      ['start: 2, step: 5, stop: 11', ['/2', '/7']],
      ['start: 3, stop: 2', []],
      ['start: 0, stop: 1', ['/0', '/1']],
      ['start: -1, stop: 0', ['/-1', '/0']],
      [
        'start: 9007199254740991, stop: 9007199254740996, step: 2',
        ['/9007199254740991', '/9007199254740993', '/9007199254740995'],
      ],
    ];
    for (const [range, urls] of rows) {
      server.forget();
      await drill(plan(each('/{{ item }}', `with_items_range: { ${range} }`)));
      assert.deepEqual(server.urls, urls, range);
    }
    server.forget();
    for (const range of [
      'start: 1',
      'stop: 1',
      'start: a, stop: 2',
      'start: 1.5, stop: 2',
      'start: 1, stop: 2, step: 0',
    ])
      await refuses(plan(each('/', `with_items_range: { ${range} }`)), /'(start|stop|step)'/);
  });

  it('48. CSV: header names are keys, values untrimmed, rows of wrong length skipped, BOM dropped, quote_char honoured', async () => {
    const show = `request: { url: '/{{ item.id }}', headers: { x: '[{{ item.name }}]' } }`;
    using folder = new PlanFolder({
      'data/a.csv': '\uFEFFid,name\n1, ann \n2\n\n3,"say ""hi"", bob"\n4,x,y\n',
      'data/b.csv': "id,name\r\n5,'it, quoted'\r\n",
      'data/plan.yml': plan(
        `${show}\nwith_items_from_csv: a.csv`,
        `${show}\nwith_items_from_csv: { file_name: b.csv, quote_char: "'" }`,
      ),
    });
    const { exitCode, stderr } = await folder.drill(['data/plan.yml']);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(
      server.requests.map(({ url, headers }) => `${url} ${headers['x']}`),
      ['/1 [ ann ]', '/3 [say "hi", bob]', '/5 [it, quoted]'],
    );
    assert.match(stderr, /warning: row 2 is skipped: it has 1 field, the header 2/);
    assert.match(stderr, /warning: 2 of 4 rows are skipped/);
  });

  it('49. with_items_from_file yields every line, blank ones too, without CR', async () => {
    using folder = new PlanFolder({
      'lines.txt': 'a\r\n\r\nb\nc',
      'plan.yml': plan(each('/[{{ item }}]{{ index }}', 'with_items_from_file: lines.txt')),
    });
    await folder.drill(['plan.yml']);
    assert.deepEqual(server.urls, ['/[a]0', '/[]1', '/[b]2', '/[c]3']);
  });

  it('50. `shuffle` then `pick`; the same in every iteration; pick over the count is refused except for ranges; 0 is empty', async () => {
    const items = Array.from({ length: 40 }, (_, index) => `i${index}`);
    const shuffled = plan(
      each('/{{ item }}/{{ index }}', `with_items: [${items.join(', ')}]\nshuffle: true\npick: 20`),
    );
    const { exitCode } = await drill(`iterations: 2\nconcurrency: 1\n${shuffled}`, ['--seed', '7']);
    assert.equal(exitCode, 0);
    const [first, second] = [server.urls.slice(0, 20), server.urls.slice(20)];
    assert.deepEqual(first, second);
    const picked = first.map((url) => url.split('/')[1]);
    assert.equal(new Set(picked).size, 20);
    assert.notDeepEqual(picked, items.slice(0, 20));
    assert.deepEqual(
      first.map((url) => url.split('/')[2]),
      Array.from({ length: 20 }, (_, index) => String(index)),
    );
    server.forget();
    await drill(`iterations: 1\n${shuffled}`, ['--seed', '7']);
    assert.deepEqual(server.urls, first);
    server.forget();
    await drill(plan(each('/{{ item }}', 'with_items: [a, b, c]\npick: 2')));
    assert.deepEqual(server.urls, ['/a', '/b']);
    server.forget();
    await drill(plan(each('/{{ item }}', 'with_items_range: { start: 1, stop: 2 }\npick: 5')));
    assert.deepEqual(server.urls, ['/1', '/2']);
    server.forget();
    await drill(plan(each('/', 'with_items: [a]\npick: 0')));
    await refuses(plan(each('/', 'with_items: [a, b]\npick: 3')), /'pick': expected a whole number from 0 to 2/);
    await refuses(plan(each('/', 'with_items: [a, b]\npick: -1')), /'pick': expected a whole number from 0 to 2/);
  });

  it('51. of several `with_*` the order of precedence is items, range, csv, file', async () => {
    using folder = new PlanFolder({
      'a.csv': 'h\ncsv\n',
      'a.txt': 'file\n',
      'plan.yml': plan(
        each('/{{ item }}', 'with_items_from_file: a.txt\nwith_items_range: { start: 5, stop: 5 }\nwith_items: [list]'),
        each(
          '/{{ item }}',
          'with_items_from_file: a.txt\nwith_items_from_csv: a.csv\nwith_items_range: { start: 5, stop: 5 }',
        ),
        each('/{{ item.h }}', 'with_items_from_file: a.txt\nwith_items_from_csv: a.csv'),
      ),
    });
    const { stderr } = await folder.drill(['plan.yml']);
    assert.deepEqual(server.urls, ['/list', '/5', '/csv']);
    assert.match(stderr, /warning: 'with_items_range' is ignored: 'with_items' comes first/);
  });

  it('51. items make a request of a step that could be something else, too; without items it is the something else', async () => {
    const others = ['delay: { seconds: 0 }', 'exec: { command: "true" }', 'assert: { key: x, value: y }'];
    for (const other of others) {
      server.forget();
      const items = await drill(plan(each('/{{ item }}', `with_items: [a, b]\n${other}`)));
      assert.equal(items.exitCode, 0, items.stderr);
      assert.deepEqual(server.urls, ['/a', '/b'], other);
      assert.match(items.stderr, /warning: this step is a request; its '(?:delay|exec|assert)' is ignored/);
    }
    server.forget();
    await drill(plan(each('/{{ item }}', `with_items_range: { start: 1, stop: 2 }\n${others[0]}`)));
    await drill(plan(`request: { url: /never }\n${others[0]}`));
    assert.deepEqual(server.urls, ['/1', '/2']);
    server.forget();
    await refuses(
      plan(each('/', 'with_items: [a]\nassign: { key: x, value: y }')),
      /'assign': expected a text, found the mapping/,
    );
  });

  it('52. CSV, text and include paths are relative to the containing file; a `file` body to the working directory', async () => {
    using folder = new PlanFolder({
      'body.txt': 'from the working directory',
      'plans/plan.yml': `base: ${server.url}\nplan:\n  - include: parts/more.yml\n`,
      'plans/parts/more.yml': `- name: a\n  request: { url: '/{{ item }}', method: POST, body: { file: body.txt } }\n  with_items_from_file: items.txt\n- include: last.yml\n`,
      'plans/parts/items.txt': 'x\n',
      'plans/parts/last.yml': `- name: b\n  request: { url: /last }\n`,
    });
    const { exitCode, stderr } = await folder.drill(['plans/plan.yml']);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(server.lines, ['POST /x', 'GET /last']);
    assert.equal(server.requests[0]?.body.toString(), 'from the working directory');
  });

  it('53. an included file is a bare list; a mapping with `plan` there is refused (a cycle, too)', async () => {
    using folder = new PlanFolder({
      'plan.yml': `plan:\n  - include: mapping.yml\n  - include: absent.yml\n  - include: a.yml\n`,
      'mapping.yml': `plan:\n  - name: a\n    request: { url: / }\n`,
      'a.yml': `- include: b.yml\n`,
      'b.yml': `- include: a.yml\n`,
    });
    const { exitCode, stderr } = await folder.drill(['plan.yml']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^mapping\.yml:1:1: error: an included file is a bare list of steps/m);
    assert.match(stderr, /^plan\.yml:3:14: error: cannot read the plan 'absent\.yml': there is no such file/m);
    assert.match(stderr, /^b\.yml:1:12: error: 'a\.yml' includes itself: plan\.yml → a\.yml → b\.yml → a\.yml/m);
  });

  it('53. includes that go deep, or fan out, end in a sentence', async () => {
    const deep = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`d${i}.yml`, `- { name: a, include: d${i + 1}.yml }\n`]),
    );
    const wide = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`w${i}.yml`, `- include: w${i + 1}.yml\n- include: w${i + 1}.yml\n`]),
    );
    using folder = new PlanFolder({
      'deep.yml': 'plan:\n  - include: d0.yml\n',
      'wide.yml': 'plan:\n  - include: w0.yml\n',
      'w20.yml': '- { name: a, delay: { seconds: 0 } }\n'.repeat(1000),
      ...deep,
      ...wide,
    });
    const tooDeep = await folder.drill(['deep.yml']);
    assert.equal(tooDeep.exitCode, 2);
    assert.match(tooDeep.stderr, /^d98\.yml:1:23: error: includes are nested deeper than 100 files$/m);
    const tooWide = await folder.drill(['wide.yml']);
    assert.equal(tooWide.exitCode, 2);
    assert.match(tooWide.stderr, /^w\d+\.yml:[12]:12: error: includes repeat more than 100000 steps$/m);
  });

  it('54. an unknown step, or one without `name`, is refused at load with the step shown', async () => {
    await refuses(
      plan('reqest: { url: / }'),
      /^plan\.yml:4:5: error: this step does nothing known\n +4 \| {5}reqest: \{ url: \/ \}\n +\| {5}\^ did you mean 'request'\?/m,
    );
    await refuses(`plan:\n  - request: { url: / }\n`, /^plan\.yml:2:5: error: 'name' is missing/m);
    await refuses(
      `plan:\n  - name: 1.5\n    request: { url: / }\n`,
      /'name': expected a text or a whole number, found the number 1.5/,
    );
    await refuses(
      `plan:\n  - just text\n`,
      /expected a step, a mapping with a name and an action, found the text "just text"/,
    );
  });
});

describe('drill conformance: tags', () => {
  const text = plan(
    'request: { url: /none }',
    tagged('[a]'),
    tagged('[b, a]'),
    tagged('[always]'),
    tagged('[never]'),
    tagged('[never, a]'),
    tagged('[never, always]'),
    tagged('plain'),
  );

  it('55. the decision table, with `always`, `never`, skip before include', async () => {
    const rows: [string[], string[]][] = [
      [[], ['none', 'a', 'ba', 'always', 'neveralways', 'plain']],
      [
        ['--tags', 'a'],
        ['a', 'ba', 'always'],
      ],
      [
        ['--tags', ' b , never'],
        ['ba', 'always', 'never', 'nevera', 'neveralways'],
      ],
      [
        ['--skip-tags', 'a'],
        ['none', 'always', 'neveralways', 'plain'],
      ],
      [
        ['--skip-tags', 'always'],
        ['none', 'a', 'ba', 'plain'],
      ],
      [
        ['--tags', 'a', '--skip-tags', 'b'],
        ['a', 'always'],
      ],
      [['--tags', ''], ['always']],
      [['--tags', 'A'], ['always']],
    ];
    for (const [argv, urls] of rows) {
      server.forget();
      await drill(text, argv);
      assert.deepEqual(
        server.urls,
        urls.map((url) => `/${url}`),
        argv.join(' '),
      );
    }
  });

  it('56. tags on an `include` line do not stop it', async () => {
    using folder = new PlanFolder({
      'plan.yml': `base: ${server.url}\nplan:\n  - include: more.yml\n    tags: [never, x]\n`,
      'more.yml': `- name: a\n  request: { url: /a }\n- name: b\n  request: { url: /b }\n  tags: [x]\n`,
    });
    await folder.drill(['plan.yml']);
    await folder.drill(['plan.yml', '--skip-tags', 'x']);
    assert.deepEqual(server.urls, ['/a', '/b', '/a']);
  });

  it('57. the same tag in both options exits non-zero, nothing sent (here 2)', async () => {
    const { exitCode, stderr } = await drill(text, ['--tags', 'a,b', '--skip-tags', 'b']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /the tag 'b' stands in both --tags and --skip-tags/);
    assert.deepEqual(server.lines, []);
  });

  it('58. --list-tags and --list-tasks print what is there and send nothing; empty: exit 1', async () => {
    const tags = await drill(text, ['--list-tags']);
    assert.deepEqual([tags.exitCode, tags.stdout], [0, '\nTags            ["a", "always", "b", "never"]\n']);
    const tasks = await drill(text, ['--list-tasks', '--tags', 'b', '--skip-tags', 'x']);
    assert.deepEqual(
      [tasks.exitCode, tasks.stdout],
      [0, `\nTags            ["b"]\nSkip-Tags       ["x"]\n${listed('/ba', 'b', 'a')}${listed('/always', 'always')}`],
    );
    const numbers = await drill(plan('with_items: [2.0, 1e3, -0.0, .inf, 18446744073709551615, 007]'), [
      '--list-tasks',
    ]);
    assert.match(numbers.stdout, /- 2\.0\n- 1000\.0\n- -0\.0\n- \.inf\n- 18446744073709551615\n- '007'\n/);
    const none = plan('request: { url: / }');
    assert.deepEqual(await drill(none, ['--list-tags']), { exitCode: 0, stdout: '\nTags            []\n', stderr: '' });
    assert.deepEqual(await drill(none, ['--list-tasks', '--tags', 'x']), {
      exitCode: 1,
      stdout: '\nTags            ["x"]\nNo items\n',
      stderr: '',
    });
    assert.deepEqual(await drill('plan: []', ['--list-tags']), { exitCode: 1, stdout: '\nNo items\n', stderr: '' });
    assert.deepEqual(server.lines, []);
  });
});
