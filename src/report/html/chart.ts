/** A chart as data: what the page's script draws, and what stands in the table beside it. Plain and JSON-safe. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What the chart shows, in words, for those who do not see it. */
  readonly summary: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly xs: readonly number[];
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
  /** What dots, bands and dashes mean, for those who see them. */
  readonly key?: string;
}

export interface Axis {
  readonly label: string;
  /** `percentile`: the value is 1 / (1 - p), so that 10, 100, 1000 are 90, 99 and 99.9 %. */
  readonly unit: 'percentile' | 'seconds' | 'us' | 'count' | 'clients' | 'percent' | 'round';
  readonly logarithmic: boolean;
}

export interface Series {
  readonly label: string;
  /** Place of the series whose limit this one is: drawn in its colour, dashed. */
  readonly limitOf?: number;
  /** `null` where nothing is known. */
  readonly values: readonly (number | null)[];
}

/** Something worth pointing at. */
export interface Mark {
  readonly x: number;
  readonly label: string;
  /** Place of the series on which it lies; absent for a line from bottom to top. */
  readonly on?: number;
  /** How far `x` may be off. */
  readonly low?: number;
  readonly high?: number;
}
