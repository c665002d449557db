import type { CompareCandidate } from '../../core/results.js';
import { formatCount, formatDurationUs } from '../../core/units.js';
import type { Cell, Grid, Lines, Mark, Section } from '../outline/section.js';
import type { Axis, Chart } from './chart.js';
import { type Html, html } from './markup.js';
import { seriesColours } from './style.js';

/** A section of an outline: a table, or a heading with a list. */
export function piece(section: Section): Html {
  return section.kind === 'grid' ? table(section) : lines(section);
}

function table({ title, caption = title, columns, rows, notes }: Grid): Html {
  return html`<section>
    <h2>${caption}</h2>
    ${scrolled(
      caption,
      html`<thead>
          <tr>
            ${columns.map(({ heading, align }, place) => html`<th scope="col" class="${align}">${place === 0 ? '' : heading}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map((cell, place) =>
                  place === 0
                    ? html`<th scope="row">${cell.text}</th>`
                    : html`<td
                        class="${columns[place]?.align ?? 'right'} ${cell.mark ?? ''}${cell.text.length > 40 ? ' message' : ''}"
                      >
                        ${signed(cell)}
                      </td>`,
                )}
              </tr>`,
          )}
        </tbody>`,
    )}
    ${notes.map((note) => html`<p class="note">${note}</p>`)}
  </section>`;
}

/** Marks that notes explain: colour alone is nothing to who does not see it, or prints in black. */
const signs: Partial<Readonly<Record<Mark, string>>> = { best: '*', unsure: '~' };

const signed = ({ text, mark }: Cell): string => `${(mark && signs[mark]) ?? ''}${text}`;

/** Wide tables scroll by themselves; the keyboard reaches them. */
function scrolled(title: string, content: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${title}" tabindex="0">
    <table>
      <caption>
        ${title}
      </caption>
      ${content}
    </table>
  </div>`;
}

function lines({ title, lines: items, tone }: Lines): Html {
  return html`<section>
    <h2 class="${tone === undefined ? '' : `tone-${tone}`}">${title}</h2>
    ${
      items.length > 0 &&
      html`<ul class="lines">
        ${items.map((item) => html`<li>${item}</li>`)}
      </ul>`
    }
  </section>`;
}

/** Throughput as bars from zero, with the 95 % interval of the median over rounds. */
export function bars(candidates: readonly CompareCandidate[]): Html {
  const largest = Math.max(...candidates.map(({ rps, rpsHigh = rps }) => Math.max(rps, rpsHigh)), Number.MIN_VALUE);
  const share = (value: number): string => `${((value / largest) * 100).toFixed(2)}%`;
  return html`<section>
    <h2>Throughput</h2>
    <div class="bars">
      ${candidates.map(
        ({ id, rps, rpsLow, rpsHigh }, place) =>
          html`<div class="row">
            <span class="name">${id}</span>
            <span class="track" aria-hidden="true"
              ><span class="bar" style="width:${share(rps)};background:var(--series-${place % seriesColours})"></span>${
                rpsLow !== undefined &&
                rpsHigh !== undefined &&
                html`<span class="whisker" style="left:${share(rpsLow)};width:${share(rpsHigh - rpsLow)}"></span>`
              }</span
            >
            <span class="value"
              >${formatCount(rps)}/s${
                rpsLow !== undefined &&
                rpsHigh !== undefined &&
                html` <span class="quiet">[${formatCount(rpsLow)}, ${formatCount(rpsHigh)}]</span>`
              }</span
            >
          </div>`,
      )}
    </div>
    <p class="note">Requests per second: median over rounds, with ${intervalOf(candidates)}.</p>
  </section>`;
}

/** Fewer rounds than that have no narrower 95 % interval of their median than all of them: 2 / 2^6 is 3 %. */
const leastRoundsForInterval = 6;

function intervalOf(candidates: readonly CompareCandidate[]): string {
  const rounds = Math.max(0, ...candidates.map((candidate) => candidate.rounds.length));
  return rounds < leastRoundsForInterval ? 'the least and the largest round' : 'its 95 % interval';
}

/** The place where the page's script draws a chart, and the same figures as a table. */
export function figure(chart: Chart): Html {
  const { id, title, summary, key, xs, series, x, y } = chart;
  const rows = tableRows(chart);
  return html`<section>
    <h2 id="${id}-title">${title}</h2>
    <figure aria-labelledby="${id}-title">
      <div class="plot" data-chart="${id}" role="img" aria-label="${summary} The table below has the figures."></div>
      ${key !== undefined && key !== '' && html`<figcaption class="note">${key}</figcaption>`}
      <details>
        <summary>The figures of this chart</summary>
        ${scrolled(
          `${title}: figures`,
          html`<thead>
              <tr>
                <th scope="col" class="left">${x.label}</th>
                ${series.map(({ label }) => html`<th scope="col">${label}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                (row) =>
                  html`<tr>
                    <th scope="row">${shown(xs[row], x)}</th>
                    ${series.map(({ values }) => html`<td>${shown(values[row], y)}</td>`)}
                  </tr>`,
              )}
            </tbody>`,
        )}
      </details>
    </figure>
  </section>`;
}

/** A percentile curve has a hundred points; the table shows those that people know by name. */
function tableRows({ xs, x }: Chart): number[] {
  const all = xs.map((_, place) => place);
  if (x.unit !== 'percentile') return all;
  return [2, 4, 10, 20, 100, 1000, 10_000, 100_000].flatMap((wanted) => {
    const place = xs.findIndex((value) => value >= wanted * 0.999);
    return place === -1 ? [] : [place];
  });
}

function shown(value: number | null | undefined, { unit }: Axis): string {
  if (value === null || value === undefined) return '–';
  switch (unit) {
    case 'us':
      return formatDurationUs(value);
    case 'count':
    case 'clients':
      return formatCount(value);
    case 'seconds':
      return `${value} s`;
    case 'percent':
      return `${Number(value.toPrecision(3))}%`;
    case 'round':
      return String(value);
    case 'percentile':
      return `${Number((100 * (1 - 1 / value)).toFixed(3))}%`;
  }
}
