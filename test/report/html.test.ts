import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { tmpdir } from 'node:os';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Report } from '../../src/core/results.js';
import type { Chart } from '../../src/report/html/chart.js';
import reporter from '../../src/report/reporters/html.js';
import { reportExamples } from '../support/report-examples.js';
import { compareCandidate, compareReport } from '../support/reports.js';

const render = (report: Report): string => reporter.render(report, { colour: false, columns: 100 });
const chartsIn = (page: string): Chart[] =>
  JSON.parse(/<script type="application\/json" id="charts">\s*(.*?)\s*<\/script>/s.exec(page)?.[1] ?? '[]') as Chart[];
const withoutScripts = (page: string): string => page.replaceAll(/<(script|style).*?<\/\1>/gs, '');

describe('html report', () => {
  for (const [kind, report] of Object.entries(reportExamples)) {
    it(`a ${kind} report is one page under 400 KB that asks the network for nothing`, () => {
      const page = render(report);
      assert.ok(page.length < 400_000, `${page.length} characters`);
      assert.match(page, /^<!doctype html>/);
      assert.match(page, /<html lang="en">/);
      assert.match(page, /default-src 'none'/);
      assert.doesNotMatch(withoutScripts(page), /(?:src|href)="(?!data:|#)/);
      assert.doesNotMatch(page, /@import|url\(/);
    });

    it(`a ${kind} report has a title for each table, a text for each chart`, () => {
      const page = withoutScripts(render(report));
      assert.equal(page.match(/<table>/g)?.length, page.match(/<caption>/g)?.length);
      for (const { id, summary } of chartsIn(render(report))) {
        assert.ok(page.includes(`data-chart="${id}"`));
        assert.ok(page.includes(`aria-label="${summary.replaceAll('<', '&lt;')}`));
      }
    });
  }

  it('says the verdict first', () => {
    const page = withoutScripts(render(reportExamples.compare));
    const verdict = page.indexOf(
      'event-loop answers most requests: 110 k requests/s, 1.12 times as many as shared-queue',
    );
    assert.ok(verdict > 0 && verdict < page.indexOf('Throughput') && verdict < page.indexOf('<table'));
  });

  it('says what the dots and bands of its charts mean', () => {
    assert.match(
      withoutScripts(render(reportExamples.sweep)),
      /<figcaption[^>]*>Dot: the knee\. Grey band: where curves/,
    );
  });

  for (const kind of ['compare', 'sweep', 'capacity'] as const)
    it(`says the verdict of a ${kind} report once`, () => {
      const page = withoutScripts(render(reportExamples[kind]));
      const [, sentence = ''] = /<p class="verdict">(.*?)<\/p>/.exec(page) ?? [];
      assert.ok(sentence !== '');
      assert.equal(page.split(sentence).length, 2);
    });

  it('marks the best, and what is too little to be sure of, by more than a colour', () => {
    const best = withoutScripts(render(reportExamples.compare));
    assert.match(best, /<td\s+class="right best"\s*>\s*\*110 k\s*<\/td>/);
    assert.match(best, /<p class="note">\* best of its column/);
    const few = withoutScripts(render(compareReport([compareCandidate('few', [1000, 2000])])));
    assert.match(few, /<td\s+class="right unsure"\s*>\s*~2\.00 ms\s*<\/td>/);
  });

  it('draws latency by percentile on an axis of 1 / (1 - p), as far as there are samples', () => {
    const [percentiles] = chartsIn(render(reportExamples.compare));
    assert.equal(percentiles?.id, 'percentiles');
    assert.deepEqual(
      percentiles.series.map(({ label }) => label),
      ['event-loop', 'shared-queue'],
    );
    const at = (x: number): number | null | undefined =>
      percentiles.series[0]?.values[percentiles.xs.findIndex((value) => value > x * 0.999)];
    assert.ok(Math.abs((at(2) ?? 0) / 3180 - 1) < 0.03, `the median is ${at(2)}`);
    assert.ok(Math.abs((at(100) ?? 0) / 4200 - 1) < 0.03, `p99 is ${at(100)}`);
    assert.ok((percentiles.xs.at(-1) ?? 0) <= 400, '400 samples say nothing of p99.9');
  });

  it('draws the course of a run and the curves of a sweep', () => {
    const course = chartsIn(render(reportExamples.drill));
    assert.deepEqual(
      course.map(({ id }) => id),
      ['percentiles', 'rate', 'p99'],
    );
    assert.deepEqual(course[1]?.xs, [0.5, 1.5, 2.5, 3.5, 4.5], 'each whole second at its middle');
    const [throughput] = chartsIn(render(reportExamples.sweep));
    assert.deepEqual(throughput?.xs, [1, 2, 4, 8, 16]);
    assert.deepEqual(throughput.series[0]?.values, [2000, 3000, 3000, 3000, 3000]);
    assert.deepEqual(
      throughput.series.map(({ label, limitOf }) => [label, limitOf]),
      [
        ['threaded', undefined],
        ['event-loop', undefined],
        ['threaded: bound', 0],
        ['event-loop: bound', 1],
      ],
    );
    assert.deepEqual(
      throughput.marks?.map(({ x, label }) => `${label} at ${x}`),
      ['knee of threaded at 4', 'knee of event-loop at 4', 'threaded | event-loop at 2.7'],
    );
  });

  it('draws each round of a comparison, and each rate of a capacity search', () => {
    const charts = chartsIn(render(reportExamples.compare));
    assert.deepEqual(
      charts.map(({ id }) => id),
      ['percentiles', 'rounds-rate', 'rounds-p99', 'rate', 'p99'],
    );
    assert.deepEqual(charts[1]?.xs, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const [p99] = chartsIn(render(reportExamples.capacity));
    assert.deepEqual(
      [p99?.xs, p99?.series[0]?.values],
      [
        [4200, 4400],
        [48_100, 61_200],
      ],
    );
    assert.deepEqual(p99?.series[1]?.values, [50_000, 50_000]);
  });

  it('keeps hostile text text', () => {
    const hostile = `</script><script>document.title='taken'</script><img src=x onerror="alert(1)">`;
    const page = render(
      compareReport([compareCandidate(hostile, [1000])], {
        plan: { path: hostile, hash: 'c'.repeat(64), text: hostile },
        warnings: [hostile],
      }),
    );
    assert.ok(!page.includes(`<script>document`) && !page.includes('<img'));
    assert.equal(chartsIn(page)[0]?.series[0]?.label, hostile);
  });
});

function chromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const browser = chromium();

describe('html report in a browser', { skip: browser === undefined ? 'there is no Chromium here' : false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'archbench-html-'));
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  for (const kind of ['compare', 'sweep', 'capacity'] as const) {
    it(`draws every chart of a ${kind} report and has nothing to complain of`, async () => {
      const path = join(folder, `${kind}.html`);
      writeFileSync(path, render(reportExamples[kind]));
      const { stdout, stderr } = await promisify(execFile)(
        browser as string,
        [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-dev-shm-usage',
          `--user-data-dir=${join(folder, kind)}`,
          '--enable-logging=stderr',
          '--dump-dom',
          `file://${path}`,
        ],
        { maxBuffer: 2 ** 24 },
      );
      const charts = chartsIn(render(reportExamples[kind]));
      assert.equal(stdout.match(/data-drawn="true"/g)?.length, charts.length);
      assert.equal(stdout.match(/<canvas/g)?.length, charts.length);
      assert.deepEqual(
        stderr.split('\n').filter((line) => line.includes('CONSOLE')),
        [],
      );
    });
  }
});
