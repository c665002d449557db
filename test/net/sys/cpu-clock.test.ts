import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { processCpuUs } from '../../../src/net/sys/cpu-clock.js';
import { unsupportedReason } from '../../../src/net/sys/platform.js';

describe('processor time of a process', { skip: unsupportedReason() ?? false }, () => {
  it('is what the process itself says', () => {
    const { user, system } = process.cpuUsage();
    const read = processCpuUs(process.pid) ?? 0;
    const after = process.cpuUsage();
    assert.ok(read >= user + system - 20_000 && read <= after.user + after.system + 20_000, `${read} µs`);
  });

  it('is unknown for a process that is not there', () => {
    assert.equal(processCpuUs(2 ** 22 + 1), undefined);
  });
});
