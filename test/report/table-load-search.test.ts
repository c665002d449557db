import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CapacityCandidate, CapacityTrial, SweepReport } from '../../src/core/results.js';
import { lineOf, plain } from '../support/plain-table.js';
import { reportExamples } from '../support/report-examples.js';

describe('table of a sweep', () => {
  it('draws a sweep: a row a load, the best marked, each curve in small, the crossover in words', () => {
    const text = plain(reportExamples.sweep);
    assert.match(
      text.replaceAll(/\n +/g, ' '),
      /Highest throughput: threaded at 1 to 2 connections \(1\.4 to 1\.8 times the next\), event-loop at 4 to 16 \(1\.5 to 3\.0 times the next\)\./,
    );
    assert.match(text, /^  By throughput threaded wins below 2\.7 ± 0\.2 connections, event-loop above\.$/m);
    assert.match(text, /^  By p99 threaded wins below 3\.1 ± 0\.9 connections, event-loop above\.$/m);
    assert.match(lineOf(text, '4 '), /^4 +3000 +\*4444$/);
    assert.match(text, /^\* best of its row, or within 5 % of it$/m);
    assert.match(text, /[▁▂▃▄▅▆▇█]{5}/u);
  });

  it('marks a load of a sweep that is not to be believed, and p99s of too few samples', () => {
    const { sweep } = reportExamples;
    const health = { verdict: 'INVALID', reasons: ['the server ended'] } as const;
    const curves = sweep.curves.map((curve) => ({
      ...curve,
      points: curve.points.map((point) => {
        if (curve.id === 'threaded' && point.load === 16) return { ...point, health };
        return point.load === 1 ? { ...point, requests: 12 } : point;
      }),
    }));
    const text = plain({ ...sweep, curves });
    assert.match(text, /^  Not to be believed, and left out of the verdict: threaded at 16\./m);
    assert.match(lineOf(text, '16 '), /^16 +!3000 +\*9000$/);
    assert.match(text, /^! not to be believed: see the health card$/m);
    assert.match(text, /^1 +~994 µs +~1\.79 ms$/m);
    assert.match(text, /^Health: INVALID\n  threaded at 16: the server ended$/m);
  });

  it('gives no star and no lead to who fails more under a load, and says so', () => {
    const { sweep } = reportExamples;
    const curves = sweep.curves.map((curve) => ({
      ...curve,
      points: curve.points.map((point) =>
        curve.id === 'event-loop' && point.load >= 8 ? { ...point, failed: point.load === 8 ? 500 : 900 } : point,
      ),
    }));
    const text = plain({ ...sweep, curves });
    assert.match(lineOf(text, '16 '), /^16 +\*3000 +9000$/);
    assert.match(
      text.replaceAll(/\s+/g, ' '),
      / event-loop failed up to 90\.0 % of its requests at 8, 16, more than another, and is ahead of nobody there\. /,
    );
  });

  it('has no highest rate of a candidate that can be believed at no load', () => {
    const { sweep } = reportExamples;
    const health = { verdict: 'INVALID', reasons: ['the server ended'] } as const;
    const [{ knee: _, ...first }] = sweep.curves as [SweepReport['curves'][number]];
    const curves = [{ ...first, points: first.points.map((point) => ({ ...point, health })) }];
    const text = plain({ ...sweep, curves });
    assert.match(text, /^threaded +500 µs +20\.0 µs +3000 +– +–$/m);
    assert.doesNotMatch(text, /knee –/);
  });

  it('says in a sentence that nobody is ahead in a sweep', () => {
    const { sweep } = reportExamples;
    const leaders = sweep.leaders.map((one) => ({ ...one, ids: ['threaded', 'event-loop'] }));
    assert.match(
      plain({ ...sweep, leaders, crossovers: [] }).replaceAll(/\s+/g, ' '),
      / Lowest p99: nobody is ahead under any load, as far as 3 rounds can tell \(the usual 5 tell more\)\. /,
    );
  });
});

describe('table of a capacity search', () => {
  it('says where something else than the server ended a search, and what was met once only', () => {
    const { capacity } = reportExamples;
    const [first] = capacity.candidates;
    const verdictWith = (change: Partial<CapacityCandidate>): string => {
      const text = plain({ ...capacity, candidates: [{ ...(first as CapacityCandidate), ...change }] });
      return text.slice(text.indexOf('Verdict')).split('\n\n')[0]?.replaceAll(/\s+/g, ' ') ?? '';
    };
    const [trial] = first?.trials ?? [];
    const single = [{ ...(trial as CapacityTrial), rps: 3900 }];
    assert.match(verdictWith({ trials: single }), /event-loop sustains 4200 requests\/s under/);
    const few = [{ ...(trial as CapacityTrial), requests: 30 }];
    const table30 = plain({ ...capacity, candidates: [{ ...(first as CapacityCandidate), trials: few }] });
    assert.match(table30, /^confirmation +4200 +8399 +~48\.1 ms +0% +met$/m);
    assert.match(table30, /^~ too few samples to be sure: p99 needs 368/m);
    assert.match(verdictWith({ limit: 'end' }), /errors < 0\.1%, or more: --to was reached\.$/);
    assert.match(
      verdictWith({ limit: 'generator', limitedBy: 'the generator: it was busy' }),
      /, or more: the generator: it was busy\.$/,
    );
    assert.match(
      verdictWith({ sustainedRate: 0 }),
      /were met once at 4200 iterations\/s, and at no rate a second time/,
    );
  });

  it('shows how much of a trial failed, where that may be why it was not met', () => {
    const { capacity } = reportExamples;
    const [first] = capacity.candidates as [CapacityCandidate];
    const trials = first.trials.map((trial) => ({
      ...trial,
      objectives: trial.objectives.filter(({ metric }) => metric !== 'errors'),
      requests: 1000,
      failed: 30,
      met: false,
    }));
    const text = plain({ ...capacity, candidates: [{ ...first, trials }] });
    assert.match(text, / +failed *$/m);
    assert.match(text, /^confirmation .* 3\.0 % +not met$/m);
  });

  it('says what each server sustains and why no more', () => {
    const text = plain(reportExamples.capacity);
    assert.match(text, /event-loop sustains 4200 iterations\/s \(8399 requests\/s\) under p99 < 50ms/);
    assert.match(text, /^event-loop +4200 +8399 +4400 +p99 < 50ms: 61\.2 ms$/m);
    assert.match(text, /^bisection +4400 +8799 +61\.2 ms +0% +not met$/m);
  });
});
