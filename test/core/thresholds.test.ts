import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeDrive, judgeThreshold, parseThreshold, type Threshold } from '../../src/core/thresholds.js';
import { stepResult } from '../support/reports.js';

const parsed = (text: string): Threshold => {
  const threshold = parseThreshold(text);
  assert.ok(!('wrong' in threshold), JSON.stringify(threshold));
  return threshold;
};

describe('threshold', () => {
  const total = stepResult('total', [1000, 2000, 3000], { requests: 4, failed: 1, rps: 120.5 });
  const login = stepResult('login', [79_000], { rps: 10 });

  const table: readonly (readonly [text: string, met: boolean, shown: string])[] = [
    ['p99 < 250ms', true, '3.00 ms'],
    ['p99<2.5ms', false, '3.00 ms'],
    ['p50 <= 2ms', true, '2.00 ms'],
    ['max > 1s', false, '3.00 ms'],
    ['mean < 2001us', true, '2.00 ms'],
    ['errors < 1%', false, '25%'],
    ['errors <= 25%', true, '25%'],
    ['errors == 0', false, '1'],
    ['errors < 2', true, '1'],
    ['rps > 100', true, '121'],
    ['rps >= 1k/s', false, '121'],
    ['requests == 4', true, '4'],
    ["step 'login' p95 < 80ms", true, '79.0 ms'],
    ['step "login" p95 < 70ms', false, '79.0 ms'],
    ["step 'logout' p95 < 80ms", false, "there is no step 'logout'"],
  ];
  for (const [text, met, shown] of table) {
    it(`${text} is ${met ? 'met' : 'not met'}`, () => {
      const result = judgeThreshold(parsed(text), total, [login]);
      assert.equal(result.met, met);
      assert.equal(result.shown, shown);
      assert.equal(result.text, text);
    });
  }

  it('of a rate is judged by successful requests alone', () => {
    const drive = { total, steps: [{ ...total, name: 'half', failed: 2 }] };
    assert.equal(judgeDrive(parsed('rps > 100'), drive).shown, '90.4');
    assert.equal(judgeDrive(parsed("step 'half' rps > 100"), drive).shown, '60.3');
    const dead = judgeDrive(parsed('rps > 100'), { total: { ...total, failed: 4 }, steps: [] });
    assert.deepEqual([dead.met, dead.value], [false, 0]);
  });

  it('is not met by nothing', () => {
    const nothing = stepResult('total', []);
    assert.equal(judgeThreshold(parsed('p99 < 1s'), nothing, []).met, false);
    assert.equal(judgeThreshold(parsed('errors < 1%'), nothing, []).met, false);
    const allFailed = stepResult('total', [], { requests: 3, failed: 3 });
    assert.deepEqual(
      [
        judgeThreshold(parsed('p99 < 1s'), allFailed, []).shown,
        judgeThreshold(parsed('errors == 3'), allFailed, []).met,
      ],
      ['nothing to judge', true],
    );
  });

  const wrong: readonly (readonly [text: string, why: RegExp])[] = [
    ['fast please', /is no threshold: expected METRIC < VALUE/],
    ['p98 < 5ms', /unknown metric 'p98', did you mean 'p9[05]'\?/],
    ['p99 < 250', /p99 is compared with a duration with its unit, such as 250ms, found '250'/],
    ['rps > many', /rps is compared with a number, found 'many'/],
    ['errors < x%', /a share such as 0\.1% or a number of requests/],
    ['p99 = 5ms', /is no threshold/],
  ];
  for (const [text, why] of wrong) {
    it(`refuses '${text}'`, () => {
      const threshold = parseThreshold(text);
      assert.ok('wrong' in threshold);
      assert.match(threshold.wrong, why);
    });
  }
});
