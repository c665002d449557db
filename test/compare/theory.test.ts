import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { theoryBound, unloadedTimeUs } from '../../src/compare/theory.js';
import { stepResult } from '../support/reports.js';

/** 16 clients of a server whose quickest answer takes 1 ms, on two processors. */
const measured = { clients: 16, cores: 2, rps: 8000, steps: [stepResult('s', [1000, 4000])], cpuUsPerRequest: 100 };

describe('what a theory allows', () => {
  it('is bound by the clients, or by the processors, whichever is less', () => {
    assert.deepEqual(theoryBound(measured), { boundRps: 16_000, limit: 'clients', share: 0.5 });
    const { boundRps, limit } = theoryBound({ ...measured, cpuUsPerRequest: 200 }) ?? {};
    assert.deepEqual([boundRps, limit], [10_000, 'cores']);
    assert.equal(theoryBound({ ...measured, cpuUsPerRequest: undefined })?.boundRps, 16_000, 'not ours to measure');
  });

  it('is nothing where nothing was answered, nor where more was reached than can be', () => {
    const failed = [stepResult('s', [], { requests: 3, failed: 3 })];
    assert.equal(theoryBound({ ...measured, steps: failed, cpuUsPerRequest: undefined }), undefined);
    assert.equal(theoryBound({ ...measured, rps: 16_700 })?.limit, 'clients', 'both are measured');
    assert.equal(theoryBound({ ...measured, rps: 60_000 }), undefined);
  });

  it('weighs each step by how often the plan asks for it', () => {
    const [page, item] = [stepResult('page', [10_000]), stepResult('item', [1000, 1000, 1000])];
    assert.equal(unloadedTimeUs([page, item]), 3250);
  });
});
