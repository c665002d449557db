import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CostMeter } from '../../src/compare/cost-meter.js';
import { countThreads, processTree, readCounters, readSwitches, stillRunning } from '../../src/compare/process-tree.js';
import { ManualClock } from '../support/manual-clock.js';

interface FakeProcess {
  readonly pid: number;
  readonly parent: number;
  /** utime, stime, cutime, cstime in hundredths of a second. */
  readonly ticks: readonly [number, number, number, number];
  readonly threads: number;
  readonly peakRssKb: number;
  readonly ioCalls: readonly [number, number] | undefined;
  /** Voluntary and involuntary switches by thread id. */
  readonly switches: Readonly<Record<number, readonly [number, number]>>;
}

const folder = mkdtempSync(join(tmpdir(), 'archbench-proc-'));
after(() => rmSync(folder, { recursive: true }));
let folders = 0;

/** A folder that reads like /proc. */
function writeProc(processes: readonly FakeProcess[], proc = join(folder, String(folders++))): string {
  mkdirSync(join(proc, 'sys'), { recursive: true });
  for (const { pid, parent, ticks, threads, peakRssKb, ioCalls, switches } of processes) {
    const own = join(proc, String(pid));
    mkdirSync(join(own, 'task'), { recursive: true });
    // The name of a process may hold anything.
    writeFileSync(
      join(own, 'stat'),
      `${pid} (a) R 1 (b) S ${parent} 1 1 0 -1 4194560 9 0 0 0 ${ticks.join(' ')} 20 0 ${threads} 0 1 1 1\n`,
    );
    writeFileSync(
      join(own, 'status'),
      `Name:\ta\nVmPeak:\t  999 kB\nVmHWM:\t  ${peakRssKb} kB\nThreads:\t${threads}\n`,
    );
    if (ioCalls !== undefined)
      writeFileSync(join(own, 'io'), `rchar: 1\nwchar: 2\nsyscr: ${ioCalls[0]}\nsyscw: ${ioCalls[1]}\n`);
    for (const [tid, [voluntary, involuntary]] of Object.entries(switches)) {
      mkdirSync(join(own, 'task', tid), { recursive: true });
      writeFileSync(
        join(own, 'task', tid, 'status'),
        `voluntary_ctxt_switches:\t${voluntary}\nnonvoluntary_ctxt_switches:\t${involuntary}\n`,
      );
    }
  }
  return proc;
}

const master: FakeProcess = {
  pid: 10,
  parent: 1,
  ticks: [100, 50, 0, 0],
  threads: 3,
  peakRssKb: 1000,
  ioCalls: [10, 20],
  switches: { 10: [5, 1], 11: [6, 2] },
};
const worker: FakeProcess = { ...master, pid: 20, parent: 10, threads: 2, ioCalls: [1, 2], switches: { 20: [7, 3] } };
const grandchild: FakeProcess = { ...master, pid: 30, parent: 20, threads: 1, switches: {} };
const stranger: FakeProcess = { ...master, pid: 40, parent: 1 };

describe('process tree', () => {
  it('is the process and all its descendants', () => {
    const proc = writeProc([grandchild, master, stranger, worker]);
    assert.deepEqual(processTree(10, proc), [10, 20, 30]);
    assert.deepEqual(processTree(20, proc), [20, 30]);
    assert.deepEqual(processTree(99, proc), []);
  });

  it('knows who still runs', () => {
    const proc = writeProc([master, worker]);
    assert.deepEqual(stillRunning([10, 20, 30], proc), [10, 20]);
    writeFileSync(join(proc, '20/stat'), '20 (a) b) Z 10 1 1');
    assert.deepEqual(stillRunning([10, 20, 30], proc), [10]);
  });

  it('adds up time, memory, calls and threads of all of them', () => {
    const proc = writeProc([master, { ...worker, ticks: [1, 2, 3, 4] }]);
    assert.deepEqual(readCounters([10, 20], { proc }), {
      cpuUs: (100 + 1 + 3 + 50 + 2 + 4) * 10_000,
      userUs: (100 + 1 + 3) * 10_000,
      systemUs: (50 + 2 + 4) * 10_000,
      ioCalls: 33,
      peakRssBytes: 2000 * 1024,
      threads: 5,
    });
    assert.equal(countThreads([10, 20], proc), 5);
  });

  it('takes the finer clock for the time of the process itself where there is one', () => {
    const proc = writeProc([{ ...worker, ticks: [1, 2, 3, 4] }]);
    assert.equal(readCounters([20], { proc, cpuUs: (pid) => pid + 12_345 })?.cpuUs, 20 + 12_345 + 7 * 10_000);
    assert.equal(readCounters([20], { proc, cpuUs: () => undefined })?.cpuUs, 10 * 10_000);
  });

  it('leaves calls out where the kernel does not tell them, and processes that have ended', () => {
    const proc = writeProc([{ ...master, ioCalls: undefined }]);
    assert.equal(readCounters([10, 20], { proc })?.ioCalls, undefined);
    assert.equal(readCounters([10, 20], { proc })?.threads, 3);
    assert.equal(readCounters([20], { proc }), undefined);
    assert.equal(countThreads([20], proc), 0);
  });

  it('reads context switches thread by thread', () => {
    const switches = readSwitches([10, 20, 99], writeProc([master, worker]));
    assert.deepEqual(
      [...switches],
      [
        ['10/10', { voluntary: 5, involuntary: 1 }],
        ['10/11', { voluntary: 6, involuntary: 2 }],
        ['20/20', { voluntary: 7, involuntary: 3 }],
      ],
    );
  });
});

describe('cost meter', () => {
  it('says what each request cost between start and stop, and the peak of threads between', async () => {
    const clock = new ManualClock();
    const proc = writeProc([master, stranger]);
    const meter = CostMeter.start(10, clock, { proc });
    assert.ok(meter);
    writeProc([{ ...master, threads: 9 }], proc);
    await clock.advance(60);
    writeProc(
      [
        {
          ...master,
          ticks: [104, 52, 0, 0],
          ioCalls: [110, 220],
          peakRssKb: 3000,
          switches: { 10: [105, 1], 12: [50, 20] },
        },
        { ...worker, ticks: [6, 8, 0, 0], ioCalls: [0, 0], peakRssKb: 500, threads: 1, switches: { 20: [45, 7] } },
      ],
      proc,
    );
    assert.deepEqual(meter.stop(100), {
      cpuUsPerRequest: (10 + 10) * 100,
      userUsPerRequest: 10 * 100,
      systemUsPerRequest: 10 * 100,
      peakRssBytes: 3500 * 1024,
      peakThreads: 9,
      voluntarySwitchesPerRequest: (100 + 50 + 45) / 100,
      involuntarySwitchesPerRequest: (20 + 7) / 100,
      ioCallsPerRequest: 3,
    });
  });

  it('keeps the switches of threads that ended, as far as it saw them', async () => {
    const clock = new ManualClock();
    const proc = writeProc([master]);
    const meter = CostMeter.start(10, clock, { proc });
    assert.ok(meter);
    writeProc([{ ...master, switches: { 12: [40, 4] } }], proc);
    await clock.advance(1100);
    rmSync(join(proc, '10/task/12'), { recursive: true });
    assert.equal(meter.stop(10)?.voluntarySwitchesPerRequest, 4);
  });

  it('has no cost for a process that is not there, or ended meanwhile', () => {
    const clock = new ManualClock();
    assert.equal(CostMeter.start(99, clock, { proc: writeProc([master]) }), undefined);
    assert.equal(CostMeter.start(10, clock, { proc: join(folder, 'nowhere') }), undefined);
    const proc = writeProc([master]);
    const meter = CostMeter.start(10, clock, { proc });
    rmSync(join(proc, '10'), { recursive: true });
    assert.equal(meter?.stop(1), undefined);
  });

  it(
    'counts the processor time of a real child',
    { skip: process.platform === 'linux' ? false : 'needs /proc' },
    async () => {
      const script =
        'const b = new Int32Array(new SharedArrayBuffer(4)); process.stdin.once("data", () => { const t = process.cpuUsage().user; while (process.cpuUsage().user - t < 200000); process.send(1); process.stdin.resume() })';
      const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'ignore', 'ignore', 'ipc'] });
      try {
        await once(child, 'spawn');
        const meter = CostMeter.start(child.pid as number, new ManualClock());
        child.stdin?.write('go\n');
        await once(child, 'message');
        const cost = meter?.stop(1);
        assert.ok(cost !== undefined && cost.userUsPerRequest >= 180_000, `user time ${cost?.userUsPerRequest} µs`);
        assert.ok(cost.peakRssBytes > 10 * 1024 * 1024);
        assert.ok(cost.peakThreads >= 5);
      } finally {
        child.kill('SIGKILL');
      }
    },
  );
});
