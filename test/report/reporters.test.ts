import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { validateXML } from 'xmllint-wasm';
import { decodeHistogram } from '../../src/core/histogram.js';
import { printable } from '../../src/core/printable.js';
import type { CompareReport, Report } from '../../src/core/results.js';
import { reporters } from '../../src/report/reporter.js';
import { reportExamples } from '../support/report-examples.js';
import { compareCandidate, compareReport, drillReport, stepResult } from '../support/reports.js';

const file = { colour: false, columns: 100 };
const render = async (id: string, report: Report): Promise<string> => (await reporters.load(id)).render(report, file);
const hostile = `a|b "c" <script>alert(1)</script> & 'd', =1+1\n\u0007 ::error::x </td>`;

/** A comparison in which every text that comes from outside is hostile. */
const attack: CompareReport = compareReport(
  [compareCandidate(hostile, [1000, 2000], { errors: [{ class: 'reset', message: hostile, count: 3 }] })],
  { plan: { path: hostile, hash: 'b'.repeat(64), text: hostile }, argv: ['compare', hostile], warnings: [hostile] },
);

describe('every reporter', () => {
  for (const id of reporters.ids()) {
    for (const [kind, report] of Object.entries(reportExamples)) {
      it(`${id} renders a ${kind} report, ending in a newline, with nothing undefined in it`, async () => {
        const text = await render(id, report);
        assert.ok(text.endsWith('\n'));
        // The code of the page's charts is no text.
        const shown = text.replaceAll(/<script(?! type="application).*?<\/script>/gs, '');
        assert.doesNotMatch(shown, /undefined|NaN|\[object Object\]|Infinity/);
        assert.equal(await render(id, report), text, 'the same report gives the same text');
      });
    }
    it(`${id} says what it is for and has an ending of its own`, async () => {
      const { summary, extension } = await reporters.load(id);
      assert.ok(summary.length > 20);
      const all = await reporters.all();
      assert.equal(all.filter((other) => other.extension === extension).length, 1);
    });
  }
});

describe('json', () => {
  it('gives back the report itself', async () => {
    for (const report of Object.values(reportExamples))
      assert.deepEqual(JSON.parse(await render('json', report)), report);
  });
});

describe('markdown', () => {
  it('draws tables that GitHub draws', async () => {
    const text = await render('markdown', reportExamples.compare);
    assert.match(text, /^\| Result \| \\# \| req\/s \|/m);
    assert.match(text, /^\| --- \| ---: \|/m);
    assert.match(text, /^\| event-loop \| 1 \| \*\*110 k\*\* \|/m);
    for (const table of text.match(/(^\|.*\|$\n?)+/gm) ?? []) {
      const widths = table
        .trim()
        .split('\n')
        .map((line) => line.replaceAll(String.raw`\|`, '').split('|').length);
      assert.equal(new Set(widths).size, 1, table);
    }
  });

  it('keeps hostile text text', async () => {
    const text = await render('markdown', attack);
    assert.doesNotMatch(text, /<script>/);
    assert.match(text, /a\\\|b "c" \\<script\\>/);
  });
});

/** RFC 4180, read back. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  return rows.filter((row) => row.length > 1);
}

describe('csv', () => {
  it('has a line a candidate and step, with units in the headings', async () => {
    const [head = [], ...rows] = parse(await render('csv', reportExamples.compare));
    assert.deepEqual(head.slice(0, 8), ['candidate', 'step', 'load', 'requests', 'failed', 'rps', 'minUs', 'p50Us']);
    assert.ok(rows.every((row) => row.length === head.length));
    const row = rows.find(([candidate, step]) => candidate === 'event-loop' && step === 'total');
    assert.equal(row?.[head.indexOf('rps')], '110000');
    assert.equal(row?.[head.indexOf('p50Us')], '3175');
  });

  it('counts in its rate successful requests alone', async () => {
    const half = drillReport(stepResult('s', [1000], { requests: 100, failed: 50, rps: 4000 }));
    const [head = [], row] = parse(await render('csv', half));
    assert.equal(row?.[head.indexOf('rps')], '2000');
  });

  it('has a line a trial of a capacity search, and says which loads of a sweep are not to be believed', async () => {
    const [head = [], ...trials] = parse(await render('csv', reportExamples.capacity));
    const columns = ['load', 'rps', 'met'].map((name) => head.indexOf(name));
    assert.deepEqual(
      trials.map((row) => columns.map((column) => row[column])),
      [
        ['4200', '8399', 'true'],
        ['4400', '8799', 'false'],
      ],
    );
    const rungs = parse(await render('csv', reportExamples.sweep)).slice(1);
    assert.ok(rungs.length > 0 && rungs.every((row) => row[head.indexOf('health')] === 'PASS'));
  });

  it('keeps hostile text in its cell, and formulas harmless', async () => {
    const [, row] = parse(await render('csv', attack));
    assert.equal(row?.[0], printable(hostile));
    assert.equal(printable('a\u202eb\u2028c\u001b'), 'a\ufffdb\ufffdc\u241b');
    const formula = compareReport([compareCandidate('=HYPERLINK("x")', [1])]);
    assert.equal(parse(await render('csv', formula))[1]?.[0], `'=HYPERLINK("x")`);
  });
});

describe('junit', () => {
  const schema = readFileSync(join(import.meta.dirname, '../../../test/report/junit.xsd'), 'utf8');
  const check = async (xml: string): Promise<readonly string[]> => {
    const { errors } = await validateXML({ xml: [{ fileName: 'junit.xml', contents: xml }], schema: [schema] });
    return errors.map(({ message }) => message);
  };

  for (const [kind, report] of Object.entries({ ...reportExamples, attack })) {
    it(`a ${kind} report is valid by the JUnit schema`, async () => {
      assert.deepEqual(await check(await render('junit', report)), []);
    });
  }

  it('the schema refuses what is not JUnit', async () => {
    const xml = await render('junit', reportExamples.regress);
    assert.notDeepEqual(await check(xml.replace(' hostname="', ' host="')), []);
    assert.notDeepEqual(
      await check(xml.replaceAll('<failure ', '<problem ').replaceAll('</failure>', '</problem>')),
      [],
    );
  });

  it('fails the test cases of gates and thresholds that fail, and counts them', async () => {
    const xml = await render('junit', reportExamples.regress);
    assert.match(xml, /tests="\d+" failures="2"/);
    assert.match(
      xml,
      /<failure type="slower" message="step &#?quot;|<failure type="slower" message="step 'login': p99/,
    );
    assert.match(xml, /<failure type="threshold" message="not met: 300 ms"/);
  });

  it('fails a run that an assert stopped, or that was interrupted', async () => {
    const stopped = drillReport(stepResult('s', [1000]), { partial: true, stopped: "assertion failed in step 's'" });
    assert.match(
      await render('junit', stopped),
      /failures="1".*<failure type="stopped" message="assertion failed in step 's'">/s,
    );
    const interrupted = { ...reportExamples.compare, partial: true };
    assert.match(await render('junit', interrupted), /<failure type="interrupted" message="interrupted">/);
  });

  it('fails what cannot be believed, and tells verdict, reasons and warnings', async () => {
    const health = { verdict: 'INVALID', reasons: ['the server ended while it was measured'] } as const;
    const xml = await render(
      'junit',
      compareReport([compareCandidate('b', [1000], { health })], { warnings: ['hot'] }),
    );
    assert.match(xml, /name="b can be believed" time="[\d.]+">\s*<failure type="INVALID" message="the server ended/);
    assert.match(xml, /<system-err>INVALID: b: the server ended while it was measured\nhot<\/system-err>/);
    assert.match(await render('junit', reportExamples.compare), /<system-out>event-loop answers most requests/);
  });

  it('fails a candidate that sustains no rate', async () => {
    const [candidate] = reportExamples.capacity.candidates;
    assert.ok(candidate !== undefined);
    const none = { ...reportExamples.capacity, candidates: [{ ...candidate, sustainedRate: 0, trials: [] }] };
    assert.match(
      await render('junit', none),
      /name="event-loop sustains a rate" time="[\d.]+">\s*<failure type="capacity" message="p99 &lt; 50ms: 61\.2 ms"/,
    );
  });

  it('lists the trials of a capacity search among its properties', async () => {
    const xml = await render('junit', reportExamples.capacity);
    assert.match(xml, /<property name="event-loop \/ load 4200" value="8399 requests\/s, p99 [\d.]+ ms, met"\/>/);
    assert.match(xml, /<property name="event-loop \/ load 4400" value="8799 requests\/s, p99 [\d.]+ ms, not met"\/>/);
  });

  it('fails a step that nobody answered', async () => {
    const dead = drillReport(
      stepResult('dead', [], { requests: 5, failed: 5, errors: [{ class: 'connect', message: 'refused', count: 5 }] }),
    );
    const xml = await render('junit', dead);
    assert.match(xml, /<failure type="connect" message="all 5 requests failed: refused"/);
    assert.match(xml, /<property name="dead" value="0 requests\/s, p99 –"\/>/);
    assert.match(xml, /<system-out>5 requests, 5 failed, 0 requests\/s, p99 –\.</);
  });
});

describe('github', () => {
  it('annotates what fails, on one line each', async () => {
    const lines = (await render('github', reportExamples.regress)).trimEnd().split('\n');
    assert.match(lines[0] ?? '', /^::notice title=archbench regress plans\/quick\.yml::Slower\./);
    assert.ok(
      lines.some((line) => line.startsWith("::error title=slower::step 'login': p99 +23%25")),
      lines.join('\n'),
    );
    assert.ok(lines.some((line) => line.startsWith('::error title=threshold::p99 < 250ms: 300 ms')));
  });

  for (const [failed, level] of [
    [0, 'notice'],
    [4, 'notice'],
    [5, 'warning'],
    [400, 'warning'],
  ] as const) {
    it(`takes ${failed} of 400 requests that failed for a ${level}`, async () => {
      const text = await render('github', drillReport(stepResult('s', [1000], { requests: 400, failed })));
      assert.match(
        text,
        new RegExp(`^::${level} title=archbench drill plans/quick.yml::400 requests, ${failed} failed`),
      );
    });
  }

  it('cannot be made to give other commands', async () => {
    const text = await render('github', attack);
    assert.ok(
      text
        .trimEnd()
        .split('\n')
        .every((line) => /^::(notice|warning) title=/.test(line)),
      text,
    );
  });
});

/** The time per request of a step that sent 100 requests in all. */
async function timePerRequestUs(rps: number, failed: number): Promise<number | undefined> {
  const report = drillReport(stepResult('s', [1000], { requests: 100, failed, rps }));
  const list = JSON.parse(await render('benchmark-json', report)) as { name: string; value: number }[];
  return list.find(({ name }) => name === 's: time per request')?.value;
}

describe('benchmark-json', () => {
  it('is a list in which smaller is better', async () => {
    const list = JSON.parse(await render('benchmark-json', reportExamples.compare)) as {
      name: string;
      unit: string;
      value: number;
      range?: string;
    }[];
    const entry = list.find(({ name }) => name === 'event-loop: time per request');
    assert.deepEqual([entry?.unit, entry?.value], ['µs', Math.round(1e9 / 110_000) / 1000]);
    assert.ok(
      list.some(({ name, range }) => name === 'shared-queue: time per request' && /^± [\d.]+$/.test(range ?? '')),
    );
  });

  it('does not improve when a server fails faster', async () => {
    assert.equal(await timePerRequestUs(1000, 0), 1000);
    assert.equal(await timePerRequestUs(4000, 75), 1000);
    assert.equal(await timePerRequestUs(4000, 100), undefined);
  });
});

describe('hdr', () => {
  it("has each histogram's percentiles in milliseconds", async () => {
    const text = await render('hdr', reportExamples.drill);
    assert.match(text, /^# total\n +Value +Percentile TotalCount 1\/\(1-Percentile\)$/m);
    const total = reportExamples.drill.total.histogram;
    const [, count] = /#\[Max +=.*Total count += +(\d+)\]/.exec(text) ?? [];
    assert.equal(Number(count), decodeHistogram(total).totalCount);
  });
});
