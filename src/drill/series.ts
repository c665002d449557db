import type { Histogram } from '../core/histogram.js';
import type { SecondResult } from '../core/results.js';

/** What one generator measured in one second. */
export type OnSecond = (second: number, failed: number, latency: Histogram) => void;

/** The seconds of a run, from all generators: histograms are added up and forgotten as soon as all have reported. */
export class Series {
  readonly seconds: SecondResult[] = [];
  readonly #generators: number;
  readonly #open = new Map<number, { reports: number; failed: number; latency: Histogram }>();

  constructor(generators: number) {
    this.#generators = generators;
  }

  /** @param latency of several generators: becomes the series' own */
  add(second: number, failed: number, latency: Histogram): void {
    if (this.#generators === 1) {
      this.#close(second, failed, latency);
      return;
    }
    const open = this.#open.get(second);
    if (open === undefined) {
      this.#open.set(second, { reports: 1, failed, latency });
      return;
    }
    open.latency.add(latency);
    open.failed += failed;
    open.reports += 1;
    if (open.reports < this.#generators) return;
    this.#open.delete(second);
    this.#close(second, open.failed, open.latency);
  }

  /** Nothing more will come: seconds that not all generators have reported are closed too. */
  finish(): readonly SecondResult[] {
    for (const [second, { failed, latency }] of this.#open) this.#close(second, failed, latency);
    this.#open.clear();
    return this.seconds.toSorted((a, b) => a.second - b.second);
  }

  #close(second: number, failed: number, latency: Histogram): void {
    const at = (percentile: number): number =>
      latency.totalCount === 0 ? 0 : latency.getValueAtPercentile(percentile);
    this.seconds.push({ second, requests: latency.totalCount, failed, p50Us: at(50), p99Us: at(99) });
  }
}
