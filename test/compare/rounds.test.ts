import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Candidate, Drive } from '../../src/compare/candidate.js';
import { type RoundOptions, runRounds } from '../../src/compare/rounds.js';
import { UserError } from '../../src/core/errors.js';
import { ManualClock } from '../support/manual-clock.js';
import { drillReport, stepResult } from '../support/reports.js';

/** Servers that only say what happens to them. */
class Stage {
  readonly events: string[] = [];
  readonly clock = new ManualClock();
  readonly abort = new AbortController();
  running = 0;

  candidate(id: string): Candidate {
    return {
      id,
      start: () => {
        this.running += 1;
        assert.equal(this.running, 1, 'every server is alone on the machine');
        this.events.push(`start ${id}`);
        let open = true;
        return Promise.resolve({
          base: `http://${id}`,
          settings: { name: id },
          close: () => {
            if (open) this.running -= 1;
            open = false;
            return Promise.resolve();
          },
        });
      },
    };
  }

  /** Takes one second, or until it is aborted. */
  readonly drive: Drive = async (base, signal, onRunning) => {
    this.events.push(`drive ${base}`);
    onRunning?.();
    const ended = this.clock.sleep(1000, signal).catch(() => undefined);
    if (!signal.aborted) await Promise.all([ended, this.clock.advance(1000)]);
    return drillReport(stepResult('step', [1000]), { partial: signal.aborted });
  };

  options(overrides: Partial<RoundOptions> = {}): RoundOptions {
    return { rounds: 3, seed: 7, warmupMs: 0, clock: this.clock, signal: this.abort.signal, ...overrides };
  }

  order(): string[] {
    return this.events.filter((event) => event.startsWith('start ')).map((event) => event.slice('start '.length));
  }
}

describe('rounds', () => {
  it('drives every candidate once a round, in an order that the seed decides', async () => {
    const orders = new Set<string>();
    for (const seed of [1, 1, 2, 3, 4, 5]) {
      const stage = new Stage();
      const candidates = ['a', 'b', 'c'].map((id) => stage.candidate(id));
      const { drilled: results } = await runRounds(candidates, stage.drive, stage.options({ rounds: 4, seed }));
      const order = stage.order();
      for (let round = 0; round < 4; round++) {
        assert.deepEqual(order.slice(round * 3, round * 3 + 3).toSorted(), ['a', 'b', 'c']);
      }
      assert.deepEqual([...results.keys()], ['a', 'b', 'c']);
      assert.deepEqual(
        results.get('b')?.map(({ round }) => round),
        [1, 2, 3, 4],
      );
      orders.add(order.join(''));
    }
    assert.equal(orders.size, 5, 'the same seed gives the same order, other seeds give others');
  });

  it('warms up on the connections that it measures, and counts the cost from there on', async () => {
    const stage = new Stage();
    const seen: string[] = [];
    const options = stage.options({
      rounds: 2,
      warmupMs: 300,
      onProgress: (progress) => seen.push(`${progress.stage} at ${Math.round(stage.clock.now())}`),
    });
    await runRounds([stage.candidate('a')], stage.drive, options);
    assert.deepEqual(stage.events, ['start a', 'drive http://a', 'start a', 'drive http://a']);
    assert.deepEqual(seen.slice(0, 3), ['starting at 0', 'warming up at 0', 'measuring at 300']);
    assert.deepEqual(seen.slice(3), ['starting at 1000', 'warming up at 1000', 'measuring at 1300']);
  });

  it('begins no round that would end after the time is over, but as many as are the least', async () => {
    for (const [maxTimeMs, rounds] of [
      [5000, 2],
      [4000, 2],
      [100, 2],
      [6000, 3],
      [1e9, 12],
    ] as const) {
      const stage = new Stage();
      const candidates = ['a', 'b'].map((id) => stage.candidate(id));
      const options = stage.options({ rounds: 12, leastRounds: 2, maxTimeMs });
      const { drilled: results } = await runRounds(candidates, stage.drive, options);
      assert.equal(results.get('a')?.length, rounds, `${maxTimeMs} ms for rounds of 2000 ms`);
    }
  });

  it('says how many rounds will fit as soon as it knows how long one takes', async () => {
    const stage = new Stage();
    const seen = new Set<string>();
    const options = stage.options({
      rounds: 100,
      leastRounds: 3,
      maxTimeMs: 12_500,
      onProgress: ({ round, rounds, total }) => seen.add(`${round}/${rounds} of ${total}`),
    });
    await runRounds([stage.candidate('a'), stage.candidate('b')], stage.drive, options);
    assert.deepEqual([...seen], ['1/3 of 6', '2/6 of 12', '3/6 of 12', '4/6 of 12', '5/6 of 12', '6/6 of 12']);
  });

  it('keeps whole rounds when interrupted, ends the server, starts no other', async () => {
    const stage = new Stage();
    let drives = 0;
    const drive: Drive = (base, signal, onRunning) => {
      drives += 1;
      if (drives === 4) stage.abort.abort();
      return stage.drive(base, signal, onRunning);
    };
    const candidates = ['a', 'b', 'c'].map((id) => stage.candidate(id));
    const { drilled: results } = await runRounds(candidates, drive, stage.options());
    assert.deepEqual(
      [...results.values()].map((drilled) => drilled.length),
      [1, 1, 1],
    );
    assert.equal(stage.running, 0);
    assert.equal(stage.order().length, 4);
  });

  it('keeps the beginning of a first round: better than nothing', async () => {
    const stage = new Stage();
    const drive: Drive = (base, signal, onRunning) => {
      stage.abort.abort();
      return stage.drive(base, signal, onRunning);
    };
    const { drilled: results } = await runRounds([stage.candidate('a'), stage.candidate('b')], drive, stage.options());
    assert.deepEqual([...results.values()].flat().length, 1);
    assert.equal(stage.running, 0);
  });

  it('keeps what it has when a server does not start any more, and says why it stopped', async () => {
    const stage = new Stage();
    const [a, b] = [stage.candidate('a'), stage.candidate('b')];
    let starts = 0;
    const start: Candidate['start'] = (signal) => {
      starts += 1;
      return starts === 3 ? Promise.reject(new UserError('the port is taken')) : b.start(signal);
    };
    const { drilled, stopped } = await runRounds([a, { ...b, start }], stage.drive, stage.options({ rounds: 6 }));
    assert.equal(stopped, 'b, round 3: the port is taken');
    assert.equal(drilled.get('b')?.length, 2);
    assert.equal(stage.running, 0);
    const never = { ...b, start: () => Promise.reject(new UserError('no such file')) };
    await assert.rejects(runRounds([never], stage.drive, stage.options()), /no such file/);
  });

  it('measures nothing with a plan that stops its run', async () => {
    const stage = new Stage();
    const drive: Drive = async (...given) => ({ ...(await stage.drive(...given)), stopped: 'assertion failed' });
    await assert.rejects(runRounds([stage.candidate('a')], drive, stage.options()), /a, round 1: assertion failed/);
    assert.equal(stage.running, 0);
  });

  it('ends the server when the drive fails', async () => {
    const stage = new Stage();
    await assert.rejects(
      runRounds([stage.candidate('a')], () => Promise.reject(new Error('broken')), stage.options()),
      /broken/,
    );
    assert.equal(stage.running, 0);
  });

  it('tells how far it is', async () => {
    const stage = new Stage();
    const seen: string[] = [];
    await runRounds(
      [stage.candidate('a')],
      stage.drive,
      stage.options({
        rounds: 2,
        warmupMs: 100,
        onProgress: ({ round, candidate, stage: at, done, total, last }) =>
          seen.push(`${round} ${candidate} ${at} ${done}/${total} ${last?.rps ?? '-'}`),
      }),
    );
    assert.deepEqual(seen, [
      '1 a starting 0/2 -',
      '1 a warming up 0/2 -',
      '1 a measuring 0/2 -',
      '2 a starting 1/2 1',
      '2 a warming up 1/2 1',
      '2 a measuring 1/2 1',
    ]);
  });
});
