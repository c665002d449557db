import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type RandomInt, seededRandom } from '../../../src/compare/random.js';
import { falseAlarms } from '../../../src/core/results/compare.js';
import { metrics } from '../../../src/compare/metrics.js';
import { type Pair, ratioEffect } from '../../../src/compare/statistics/effect.js';
import { holm } from '../../../src/compare/statistics/holm.js';
import { signFlipP } from '../../../src/compare/statistics/sign-flip.js';
import { verdictOf } from '../../../src/compare/statistics/verdict.js';

/** A standard normal number by Box and Muller. */
function normal(random: RandomInt): number {
  const uniform = (): number => random(1, 2 ** 30) / (2 ** 30 + 1);
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

interface World {
  /** True ratio of candidate to baseline. */
  readonly ratio: number;
  /** Spread of one drive, as a share. */
  readonly noise: number;
  /** Spread of whole rounds: what happens to the machine happens to both. */
  readonly drift: number;
  /** One drive in so many is hit by something and takes half as long again. */
  readonly hitOneIn?: number;
}

function pairsOf({ ratio, noise, drift, hitOneIn }: World, rounds: number, random: RandomInt): Pair[] {
  const drive = (): number => {
    const hit = hitOneIn !== undefined && random(1, hitOneIn) === 1 ? 1.5 : 1;
    return Math.exp(noise * normal(random)) * hit;
  };
  return Array.from({ length: rounds }, () => {
    const machine = Math.exp(drift * normal(random));
    return [100 * ratio * machine * drive(), 100 * machine * drive()];
  });
}

/** How many of `runs` simulated comparisons ended in each verdict, the metric being better when lower. */
function verdicts(
  world: World,
  minimumPercent: number,
  runs: number,
  seed: number,
  rounds = 12,
): Record<string, number> {
  const random = seededRandom(seed);
  const counts: Record<string, number> = { slower: 0, faster: 0, same: 0, inconclusive: 0 };
  for (let run = 0; run < runs; run++) {
    const effect = ratioEffect(pairsOf(world, rounds, random), run);
    assert.ok(effect);
    const verdict = verdictOf(effect, minimumPercent, 'lower');
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}

/**
 * Whether a comparison of equal servers ends in any `slower` or `faster` among all metrics. Intervals are made only
 * where the corrected p-value leaves the question open: nothing else can be an alarm.
 */
function raisesAlarm(world: World, rounds: number, run: number, random: RandomInt): boolean {
  const pairs = metrics.map(() => pairsOf(world, rounds, random));
  const adjusted = holm(
    pairs.map((of) => signFlipP(of.map(([candidate = 1, baseline = 1]) => Math.log(candidate / baseline)))),
  );
  return metrics.some(({ minimumPercent, better }, place) => {
    const p = adjusted[place] ?? 1;
    if (p >= falseAlarms) return false;
    const effect = ratioEffect(pairs[place] ?? [], run);
    assert.ok(effect);
    return ['faster', 'slower'].includes(verdictOf({ ...effect, p }, minimumPercent, better));
  });
}

describe('verdicts in simulated comparisons', () => {
  it('A/A: at most 1.5 % raise an alarm in any of nine metrics, in 1 000 simulations of five kinds of machine', () => {
    const machines: readonly World[] = [
      { ratio: 1, noise: 0.01, drift: 0 },
      { ratio: 1, noise: 0.05, drift: 0.3 },
      { ratio: 1, noise: 0.15, drift: 0.1 },
      { ratio: 1, noise: 0.5, drift: 0 },
      { ratio: 1, noise: 0.03, drift: 0.05, hitOneIn: 6 },
    ];
    let alarms = 0;
    for (const [seed, machine] of machines.entries()) {
      const random = seededRandom(1000 + seed);
      const own = Array.from({ length: 200 }, (_, run) =>
        raisesAlarm(machine, run % 2 === 0 ? 12 : 16, run, random),
      ).filter(Boolean).length;
      assert.ok(own <= 6, `${own} of 200 comparisons raise a false alarm with ${JSON.stringify(machine)}`);
      alarms += own;
    }
    assert.ok(alarms <= 15, `${alarms} of 1000 comparisons raise a false alarm`);
  });

  it('A/A on a quiet machine is the same, on a noisy one inconclusive', () => {
    assert.ok((verdicts({ ratio: 1, noise: 0.01, drift: 0.1 }, 5, 100, 1)['same'] ?? 0) >= 99);
    assert.ok((verdicts({ ratio: 1, noise: 0.3, drift: 0.1 }, 5, 100, 2)['inconclusive'] ?? 0) >= 98);
  });

  it('finds 5 % more CPU per request where a drive spreads by 1 %, whatever the machine does meanwhile', () => {
    assert.ok((verdicts({ ratio: 1.05, noise: 0.01, drift: 0.2 }, 2, 100, 3)['slower'] ?? 0) >= 97);
  });

  it('finds 5 % more CPU per request in the rounds of a minute where a drive spreads by 2 %', () => {
    assert.ok((verdicts({ ratio: 1.05, noise: 0.02, drift: 0.2 }, 2, 40, 6, 26)['slower'] ?? 0) >= 38);
  });

  it('finds 20 % more latency where a drive spreads by 5 %, and 20 % less', () => {
    assert.ok((verdicts({ ratio: 1.2, noise: 0.05, drift: 0.2 }, 5, 100, 4)['slower'] ?? 0) >= 97);
    assert.ok((verdicts({ ratio: 1 / 1.2, noise: 0.05, drift: 0.2 }, 5, 100, 5)['faster'] ?? 0) >= 97);
  });
});
