import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expandedTail, medianInterval } from '../../../src/compare/statistics/bootstrap.js';
import { holm } from '../../../src/compare/statistics/holm.js';
import { signFlipP } from '../../../src/compare/statistics/sign-flip.js';
import { normalProbability, tProbability, tQuantile } from '../../../src/compare/statistics/student-t.js';

const near = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);

describe("Student's t", () => {
  it('has the printed critical values (two-sided 95 % and 99 %)', () => {
    const table: readonly (readonly [degrees: number, t975: number, t995: number])[] = [
      [1, 12.706, 63.657],
      [2, 4.303, 9.925],
      [3, 3.182, 5.841],
      [4, 2.776, 4.604],
      [5, 2.571, 4.032],
      [10, 2.228, 3.169],
      [11, 2.201, 3.106],
      [30, 2.042, 2.75],
      [120, 1.98, 2.617],
    ];
    for (const [degrees, t975, t995] of table) {
      near(tQuantile(0.975, degrees), t975, 0.0006);
      near(tQuantile(0.995, degrees), t995, 0.0006);
    }
  });

  it('is symmetric, and near the normal distribution with many degrees of freedom', () => {
    near(tProbability(-1.3, 7) + tProbability(1.3, 7), 1, 1e-12);
    near(tProbability(1.96, 1001), normalProbability(1.96), 2e-4);
    near(normalProbability(1.959964), 0.975, 1e-6);
    near(normalProbability(-2.575829), 0.005, 1e-6);
  });
});

describe('expanded percentile interval', () => {
  it('leaves the tails that printed tables of t and of the normal distribution give', () => {
    near(expandedTail(0.025, 5), 0.001, 0.0005);
    near(expandedTail(0.025, 10), 0.0086, 0.0002);
    near(expandedTail(0.025, 20), 0.0159, 0.0003);
    near(expandedTail(0.025, 1000), 0.0249, 0.0002);
  });

  it('is the range of three values, contains the median, and repeats with its seed', () => {
    assert.deepEqual(medianInterval([5, 1, 3]), { low: 1, high: 5 });
    const values = [9.1, 10.2, 10.4, 10.5, 10.6, 10.8, 11, 11.1, 11.3, 11.6, 12, 14];
    const interval = medianInterval(values, { seed: 3 });
    assert.deepEqual(medianInterval(values, { seed: 3 }), interval);
    assert.ok(interval.low < 10.9 && interval.high > 10.9);
    assert.ok(interval.low >= 9.1 && interval.high <= 14);
    assert.deepEqual(medianInterval([4]), { low: -Infinity, high: Infinity });
  });

  it('agrees with the exact distribution of the bootstrap median', () => {
    // P(median of a resample of 1..5 is 1) = P(at least 3 of 5 draws are 1) = sum C(5,k) 0.2^k 0.8^(5-k) = 0.05792.
    const { low } = medianInterval([1, 2, 3, 4, 5], { confidence: 0.5, resamples: 40_000 });
    assert.equal(low, 2);
    const wide = medianInterval([1, 2, 3, 4, 5], { confidence: 0.95, resamples: 40_000 });
    assert.deepEqual(wide, { low: 1, high: 5 });
  });
});

describe('sign-flip test', () => {
  it("gives Fisher's p-value for Darwin's maize: 1726 of 32 768", () => {
    // Differences in height of cross- and self-fertilised plants, in eighths of an inch.
    const differences = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    near(signFlipP(differences), 1726 / 32_768, 1e-12);
  });

  it('cannot be smaller than 2 in 2^n', () => {
    assert.equal(signFlipP([1, 2, 3]), 2 / 8);
    assert.equal(signFlipP([0.1, 0.2, 0.3, 0.1, 0.2, 0.3]), 2 / 64);
    assert.equal(signFlipP([1, -1]), 1);
    assert.equal(signFlipP([]), 1);
    assert.equal(signFlipP([0, 0]), 1);
  });

  it('samples when there are too many patterns, and stays near the exact value', () => {
    const twenty = Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? -1 : 1) * (1 + i / 7));
    const many = [...twenty, 1e-9];
    near(signFlipP(many, 5), signFlipP(twenty), 0.01);
  });
});

describe('Holm', () => {
  it('adjusts as in the worked example (0.01, 0.04, 0.03, 0.005)', () => {
    assert.deepEqual(
      holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(4))),
      [0.03, 0.06, 0.06, 0.02],
    );
  });

  it('never exceeds 1 and leaves a single test alone', () => {
    assert.deepEqual(holm([0.7, 0.8]), [1, 1]);
    assert.deepEqual(holm([0.04]), [0.04]);
    assert.deepEqual(holm([]), []);
  });
});
