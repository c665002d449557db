import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { printable } from '../../core/printable.js';
import type { Report } from '../../core/results.js';
import type { Chart } from '../html/chart.js';
import { chartsOf } from '../html/charts.js';
import { type Html, html, scriptJson, scriptSource } from '../html/markup.js';
import { bars, figure, piece } from '../html/pieces.js';
import { style } from '../html/style.js';
import { headlineOf, outline } from '../outline/outline.js';
import { byRank } from '../outline/result-grid.js';
import type { Reporter } from '../reporter.js';

/** Wide enough for every column that an outline can leave out. */
const columns = 160;

const reporter: Reporter = {
  id: 'html',
  summary: 'the browser: one file, no network, charts, light and dark, readable on a phone',
  extension: 'html',
  render: (report) => `${page(report).text}\n`,
};

export default reporter;

function page(report: Report): Html {
  const charts = chartsOf(report);
  const [what, ...sections] = outline(report, columns);
  // The verdict stands at the top in large letters; the outline's copy of it is left out.
  const verdict = headlineOf(report);
  const rest = sections.filter((section) => section.kind === 'grid' || section.isVerdict !== true);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
        />
        <title>archbench ${report.kind}: ${printable(report.plan.path)}</title>
        <link rel="icon" href="data:," />
        <style>
          ${scriptSource(library(require.resolve('uplot/dist/uPlot.min.css')))}${scriptSource(style)}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the result</a>
        <header>
          <h1>archbench ${report.kind} · ${report.plan.path}</h1>
          ${verdict.map((sentence) => html`<p class="verdict">${sentence}</p>`)}
          ${what?.kind === 'lines' && what.lines.map((line) => html`<p class="facts">${line}</p>`)}
          <p class="facts">${report.startedAt.slice(0, 19).replace('T', ' ')} UTC</p>
        </header>
        <main id="main">
          ${report.kind === 'compare' && report.candidates.length > 0 && bars(byRank(report))}
          ${report.kind === 'regress' && bars(byRank(report.comparison))} ${ordered(rest.map(piece), charts)}
          ${planPiece(report)}
        </main>
        <footer>
          Made by archbench ${report.environment.archbench}. Nothing was loaded from the network, and nothing is sent.
        </footer>
        <script type="application/json" id="charts">
          ${scriptJson(charts)}
        </script>
        ${
          charts.length > 0 &&
          html`<script>
              ${scriptSource(library(require.resolve('uplot/dist/uPlot.iife.min.js')))};
            </script>
            <script type="module">
              ${scriptSource(clientSource())};
            </script>`
        }
      </body>
    </html>`;
}

/** Charts come after the first table: figures first, shape second, the fine print last. */
function ordered(pieces: readonly Html[], charts: readonly Chart[]): Html {
  const [first, ...others] = pieces;
  return html`${first}${charts.map(figure)}${others}`;
}

function planPiece({ argv, plan }: Report): Html {
  return html`<section>
    <h2>The command and the plan</h2>
    <pre tabindex="0"><code>archbench ${argv.map(quoted).join(' ')}</code></pre>
    ${
      plan.text !== undefined &&
      html`<details>
        <summary>${plan.path}</summary>
        <pre tabindex="0"><code>${plan.text}</code></pre>
      </details>`
    }
    <p class="note">SHA-256 of the plan: ${plan.hash}</p>
  </section>`;
}

/** As one would type it in a shell. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

const require = createRequire(import.meta.url);

function library(path: string): string {
  return readFileSync(path, 'utf8');
}

/** The page's own script: compiled beside this module, and free of imports at run time. */
function clientSource(): string {
  return readFileSync(new URL('../html/client.js', import.meta.url), 'utf8');
}
