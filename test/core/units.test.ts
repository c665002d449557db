import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  durationText,
  formatBytes,
  formatCount,
  formatDurationUs,
  parseCount,
  parseDurationMs,
  plural,
} from '../../src/core/units.js';

describe('units', () => {
  it('reads durations with and without a unit', () => {
    const rows: [string, number | undefined][] = [
      ['2s', 2000],
      ['250ms', 250],
      ['1.5m', 90_000],
      ['1h', 3_600_000],
      ['500us', 0.5],
      ['3', 3000],
      ['', undefined],
      ['-1s', undefined],
      ['2 weeks', undefined],
    ];
    for (const [text, ms] of rows) assert.equal(parseDurationMs(text), ms, text);
  });

  it('writes durations in the largest unit that they are whole in', () => {
    for (const text of ['500ms', '1.5ms', '5s', '90s', '1m', '36h', '0ms'])
      assert.equal(durationText(parseDurationMs(text) as number), text);
  });

  it('reads counts with a factor', () => {
    const rows: [string, number | undefined][] = [
      ['10', 10],
      ['10k', 10_000],
      ['1.5M', 1_500_000],
      ['10_000', 10_000],
      ['1_', undefined],
      ['1__0', undefined],
      ['1.5', undefined],
      ['-3', undefined],
      ['ten', undefined],
    ];
    for (const [text, count] of rows) assert.equal(parseCount(text), count, text);
  });

  it('names one in the singular', () => {
    assert.deepEqual(
      [0, 1, 2].map((count) => `${count} ${plural(count, 'request')}`),
      ['0 requests', '1 request', '2 requests'],
    );
  });

  it('scales what people read, three digits at every size', () => {
    const rows: [number, string][] = [
      [0.512, '0.512 µs'],
      [87.44, '87.4 µs'],
      [999.6, '1.00 ms'],
      [1_020_000, '1.02 s'],
      [59_990_000, '60.0 s'],
      [125_000_000, '2 m 05 s'],
    ];
    for (const [us, text] of rows) assert.equal(formatDurationUs(us), text);
    assert.equal(formatBytes(512), '512 B');
    assert.equal(formatBytes(1536), '1.50 KiB');
    assert.equal(formatCount(145.06), '145');
    assert.equal(formatCount(12_345), '12.3 k');
  });
});
