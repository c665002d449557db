import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decodeHistogram,
  emptyHistogram,
  LatencyCounts,
  encodeHistogram,
  mergeHistograms,
  summarise,
} from '../../src/core/histogram.js';

const of = (values: readonly number[]) => {
  const counts = new LatencyCounts();
  for (const value of values) counts.record(value);
  return counts.toHistogram();
};

describe('histogram', () => {
  it('gives nearest-rank percentiles in microseconds', () => {
    const summary = summarise(of(Array.from({ length: 1000 }, (_, i) => i + 1)));
    assert.equal(summary.minUs, 1);
    assert.equal(summary.p50Us, 500);
    assert.equal(summary.p90Us, 900);
    assert.equal(summary.p99Us, 990);
    assert.equal(summary.p999Us, 999);
    assert.equal(summary.maxUs, 1000);
    assert.ok(Math.abs(summary.meanUs - 500.5) < 0.01);
  });

  it('counts in the very buckets of the library', () => {
    const values = Array.from({ length: 4000 }, (_, i) => Math.round(1.0055 ** i)).filter((value) => value <= 3.6e9);
    const library = emptyHistogram();
    for (const value of values) library.recordValue(value);
    assert.equal(encodeHistogram(of(values)), encodeHistogram(library));
    assert.deepEqual(summarise(of(values)), summarise(library));
  });

  it('starts again after a reset', () => {
    const counts = new LatencyCounts();
    counts.record(5);
    counts.reset();
    counts.record(7.4);
    assert.deepEqual([counts.total, summarise(counts.toHistogram()).maxUs], [1, 7]);
  });

  it('is all zero when nothing was recorded', () => {
    assert.deepEqual(new Set(Object.values(summarise(emptyHistogram()))), new Set([0]));
  });

  it('counts what lies outside 1 µs .. 1 h at the nearest end', () => {
    const summary = summarise(of([0, 0.2, 1e12]));
    assert.equal(summary.minUs, 1);
    assert.ok(Math.abs(summary.maxUs / 3.6e9 - 1) < 0.001);
  });

  it('survives being written and read, to three digits', () => {
    const histogram = of([10, 20, 30, 40_000_000]);
    const before = Object.entries(summarise(histogram));
    const after = new Map(Object.entries(summarise(decodeHistogram(encodeHistogram(histogram)))));
    for (const [name, value] of before) assert.ok(Math.abs((after.get(name) ?? 0) / value - 1) < 0.001, name);
  });

  it('merges by adding counts, not by averaging percentiles', () => {
    const quick = encodeHistogram(of(Array.from({ length: 9900 }, () => 100)));
    const slow = encodeHistogram(of(Array.from({ length: 200 }, () => 10_000)));
    const merged = summarise(mergeHistograms([quick, slow, '']));
    assert.equal(merged.p50Us, 100);
    assert.ok(Math.abs(merged.p99Us / 10_000 - 1) < 0.001);
    assert.equal(mergeHistograms([]).totalCount, 0);
  });
});
