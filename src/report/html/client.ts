import type { Axis, Chart } from './chart.js';

// Runs in the browser, inlined into the page after uPlot. It draws what the page's data element holds, anew when the
// page changes its width or the system its colours. Only what it uses of the browser is declared here, so that the
// rest of the program cannot reach for it.

interface Plot {
  readonly destroy: () => void;
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
declare const requestAnimationFrame: (callback: () => void) => void;

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

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
  seconds: (value) => `${value} s`,
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
    ...(logarithmic
      ? {
          splits: (_plot: unknown, _axis: number, from: number, to: number) => logarithmicSplits(from, to, unit),
          filter: (_: unknown, splits: readonly number[]) => splits,
        }
      : {}),
  };
}

/** 0, 50, 90, 99, 99.9 … %; powers of two of a load; powers of ten of a time. */
function logarithmicSplits(from: number, to: number, unit: Axis['unit']): number[] {
  const base = unit === 'count' ? 2 : 10;
  const splits = unit === 'percentile' ? [1, 2] : [];
  const lowest = unit === 'percentile' ? base : base ** Math.ceil(Math.log(from) / Math.log(base) - 1e-9);
  for (let value = lowest; value <= to * 1.0001; value *= base) splits.push(value);
  return splits.filter((value) => value >= from * 0.9999);
}

function seriesOptions({ series, y }: Chart): object[] {
  return series.map(({ label }, place) => {
    const stroke = colour(`--series-${place % 8}`);
    return {
      label,
      stroke,
      width: 2,
      // Colour alone tells not everybody apart.
      ...(place >= 8 ? { dash: [8, 4] } : {}),
      points: { show: false },
      spanGaps: true,
      value: (_: unknown, value: number | null) => (value === null ? '–' : formats[y.unit](value)),
    };
  });
}

function scale({ logarithmic, unit }: Axis): object {
  return { time: false, ...(logarithmic ? { distr: 3, log: unit === 'count' ? 2 : 10 } : {}) };
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
