import type { Axis, Chart } from './chart.js';

// Runs in the browser, inlined into the page after uPlot. It draws what the page's data element holds, anew when the
// page changes its width or the system its colours. Only what it uses of the browser is declared here, so that the
// rest of the program cannot reach for it.

interface Plot {
  readonly destroy: () => void;
  readonly width: number;
  readonly height: number;
  readonly ctx: Canvas;
  /** The plotting area in pixels of the canvas. */
  readonly bbox: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  readonly valToPos: (value: number, scale: 'x' | 'y', canvasPixels: true) => number;
}
interface Canvas {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: 'left' | 'right' | 'center';
  readonly save: () => void;
  readonly restore: () => void;
  readonly beginPath: () => void;
  readonly arc: (x: number, y: number, radius: number, from: number, to: number) => void;
  readonly moveTo: (x: number, y: number) => void;
  readonly lineTo: (x: number, y: number) => void;
  readonly fill: () => void;
  readonly stroke: () => void;
  readonly fillRect: (x: number, y: number, width: number, height: number) => void;
  readonly fillText: (text: string, x: number, y: number) => void;
  readonly setLineDash: (dash: readonly number[]) => void;
}
interface PlotElement {
  readonly clientWidth: number;
  readonly dataset: { readonly chart?: string; drawn?: string };
}
declare const uPlot: {
  new (options: object, data: readonly (readonly (number | null)[])[], target: PlotElement): Plot;
  readonly paths: { readonly stepped: unknown };
};
declare const document: {
  readonly getElementById: (id: string) => { readonly textContent: string };
  readonly querySelectorAll: (selector: string) => Iterable<PlotElement>;
  readonly documentElement: object;
};
declare const getComputedStyle: (element: object) => { readonly getPropertyValue: (name: string) => string };
declare const matchMedia: (query: string) => {
  readonly addEventListener: (type: 'change', listener: () => void) => void;
};
declare const addEventListener: (type: 'resize', listener: () => void) => void;
declare const devicePixelRatio: number;
declare const requestAnimationFrame: (callback: () => void) => void;

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** As many as the style sheet has; this file imports nothing. */
const colours = 12;

const threeDigits = (value: number): string => String(Number(value.toPrecision(3)));

function duration(us: number): string {
  if (us < 1e3) return `${threeDigits(us)} µs`;
  return us < 1e6 ? `${threeDigits(us / 1e3)} ms` : `${threeDigits(us / 1e6)} s`;
}

function count(value: number): string {
  if (value < 1e4) return threeDigits(value);
  return value < 1e6 ? `${threeDigits(value / 1e3)} k` : `${threeDigits(value / 1e6)} M`;
}

/** 100 is 99 %, 1000 is 99.9 %. */
const percentile = (inverse: number): string => `${Number((100 * (1 - 1 / inverse)).toPrecision(7))}%`;

const formats: Readonly<Record<Axis['unit'], (value: number) => string>> = {
  us: duration,
  count,
  clients: count,
  seconds: (value) => `${value} s`,
  percent: (value) => `${threeDigits(value)}%`,
  round: String,
  percentile,
};

function axisOptions({ label, unit, logarithmic }: Axis, vertical: boolean): object {
  const line = { stroke: colour('--line'), width: 1 };
  return {
    label,
    stroke: colour('--quiet'),
    grid: line,
    ticks: line,
    labelFont: '13px system-ui, sans-serif',
    font: '12px system-ui, sans-serif',
    size: vertical ? 68 : 44,
    values: (_: unknown, splits: readonly (number | null)[]) =>
      splits.map((value) => (value === null ? '' : formats[unit](value))),
    // Nobody drives half a round.
    ...(unit === 'round' ? { incrs: [1, 2, 5, 10, 20, 50] } : {}),
    ...(logarithmic
      ? {
          splits: (plot: Plot, _axis: number, from: number, to: number) =>
            apart(splitsOf(unit, from, to), from, to, vertical ? plot.height / 24 : (plot.width - 80) / 48),
          filter: (_: unknown, splits: readonly number[]) => splits,
        }
      : {}),
  };
}

/** 1, 2, 5, 10, 20, 50 …: what people read figures by. */
function decimalSplits(from: number, to: number): number[] {
  const splits: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(from)); power <= to; power *= 10)
    splits.push(power, 2 * power, 5 * power);
  return splits.filter((value) => value >= from * 0.9999 && value <= to * 1.0001);
}

/** Those of `splits` whose labels do not touch, on an axis that has room for `most` of them. */
function apart(splits: readonly number[], from: number, to: number, most: number): number[] {
  const kept: number[] = [];
  for (const split of splits) {
    const last = kept.at(-1);
    if (last === undefined || Math.log(split / last) / Math.log(to / from) >= 1 / most) kept.push(split);
  }
  return kept;
}

/** Each value of a logarithmic axis that may have a label: 0, 50, 90, 99, 99.9 … %; powers of two of clients. */
function splitsOf(unit: Axis['unit'], from: number, to: number): number[] {
  if (unit !== 'percentile' && unit !== 'clients') return decimalSplits(from, to);
  const [base, splits] = unit === 'percentile' ? ([10, [1, 2]] as const) : ([2, [1]] as const);
  const all: number[] = [...splits];
  for (let value: number = base; value <= to * 1.0001; value *= base) all.push(value);
  return all.filter((value) => value >= from * 0.9999);
}

function seriesOptions({ series, y }: Chart): object[] {
  return series.map(({ label, limitOf }, place) => {
    const stroke = colour(`--series-${(limitOf ?? place) % colours}`);
    return {
      label,
      stroke,
      width: limitOf === undefined ? 2 : 1,
      // Colour alone tells not everybody apart.
      ...(limitOf !== undefined ? { dash: [3, 5] } : place >= colours ? { dash: [8, 4] } : {}),
      points: { show: false },
      spanGaps: true,
      value: (_: unknown, value: number | null) => (value === null ? '–' : formats[y.unit](value)),
    };
  });
}

function isDashed({ series }: Chart, place: number): boolean {
  return series[place]?.limitOf !== undefined || place >= colours;
}

function scale({ logarithmic, unit }: Axis): object {
  return { time: false, ...(logarithmic ? { distr: 3, log: unit === 'clients' ? 2 : 10 } : {}) };
}

/** Knees as dots on their curves; crossings as lines from bottom to top in a band of what they may be off. */
function drawMarks(plot: Plot, { marks = [], series, xs }: Chart): void {
  const { ctx, bbox } = plot;
  const pixel = devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  ctx.font = `${11 * pixel}px system-ui, sans-serif`;
  for (const [place, { x, low = x, high = x, label, on }] of marks.entries()) {
    const left = plot.valToPos(x, 'x', true);
    const value = on === undefined ? undefined : series[on]?.values[xs.indexOf(x)];
    ctx.strokeStyle = ctx.fillStyle = on === undefined ? colour('--quiet') : colour(`--series-${on % colours}`);
    ctx.lineWidth = 1.5 * pixel;
    if (typeof value === 'number') {
      ctx.beginPath();
      ctx.arc(left, plot.valToPos(value, 'y', true), 5 * pixel, 0, 2 * Math.PI);
      ctx.fill();
      continue;
    }
    if (on !== undefined) continue;
    const from = plot.valToPos(low, 'x', true);
    ctx.globalAlpha = 0.15;
    ctx.fillRect(from, bbox.top, Math.max(pixel, plot.valToPos(high, 'x', true) - from), bbox.height);
    ctx.globalAlpha = 1;
    ctx.setLineDash([4 * pixel, 4 * pixel]);
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bottom);
    ctx.stroke();
    ctx.setLineDash([]);
    // On the side where there is more room, each a line lower than the one before.
    const atRight = left < bbox.left + bbox.width / 2;
    ctx.textAlign = atRight ? 'left' : 'right';
    ctx.fillText(label, left + (atRight ? 6 : -6) * pixel, bbox.top + (14 + 14 * place) * pixel);
  }
  ctx.restore();
}

function draw(chart: Chart, target: PlotElement): Plot {
  const { x, y, xs, series } = chart;
  const options = {
    width: target.clientWidth,
    height: Math.max(260, Math.min(400, target.clientWidth * 0.5)),
    scales: {
      x: { ...scale(x), range: [xs[0], xs.at(-1)] },
      y: {
        ...scale(y),
        ...(y.logarithmic ? { log: 10 } : { range: (_: unknown, _low: number, high: number) => [0, high * 1.05 || 1] }),
      },
    },
    axes: [axisOptions(x, false), axisOptions(y, true)],
    series: [
      { label: x.label, value: (_: unknown, value: number | null) => (value === null ? '–' : formats[x.unit](value)) },
      ...seriesOptions(chart),
    ],
    cursor: { drag: { x: true, y: false } },
    legend: { markers: { dash: (_: unknown, place: number) => (isDashed(chart, place - 1) ? 'dashed' : 'solid') } },
    hooks: { draw: [(plot: Plot) => drawMarks(plot, chart)] },
  };
  const plot = new uPlot(options, [xs, ...series.map(({ values }) => values)], target);
  target.dataset.drawn = 'true';
  return plot;
}

const charts = JSON.parse(document.getElementById('charts').textContent) as readonly Chart[];
let plots: Plot[] = [];

function drawAll(): void {
  for (const plot of plots) plot.destroy();
  plots = [...document.querySelectorAll('[data-chart]')].flatMap((target) => {
    const chart = charts.find(({ id }) => id === target.dataset.chart);
    return chart === undefined ? [] : [draw(chart, target)];
  });
}

let asked = false;
function drawSoon(): void {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    drawAll();
  });
}

drawAll();
addEventListener('resize', drawSoon);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawSoon);
