// The entry of every server thread: loads one architecture and runs one of its roles.
import { parentPort, workerData } from 'node:worker_threads';
import type { Role } from './architecture.js';
import { architectures } from './catalogue.js';
import { Counters } from './counters.js';
import { Phase } from './phase.js';
import { openService } from './service.js';
import type { ThreadMessage, ThreadStart } from './threads.js';

const { spec, role: roleName, slot, data } = workerData as ThreadStart;

function post(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

const log = (level: 'error' | 'warn' | 'info' | 'debug', message: string): void => {
  post({ kind: 'log', level, message });
};

const architecture = await architectures.load(spec.architecture);
// The host checked the name against the roles' types; here `data` crosses the thread untyped.
const role = architecture.roles?.[roleName] as Role<unknown>;

// A thread that only waits for shared memory would end, for Node counts nothing that keeps it alive.
const alive = setInterval(() => undefined, 0x7f_ff_ff_ff);
const counters = new Counters(spec.counters);
counters.threadStarted();
try {
  await role({
    data,
    limits: spec.limits,
    phase: new Phase(spec.phase),
    log,
    counters,
    openService: (options) => openService(spec, slot, log, options),
    ready: () => post({ kind: 'ready' }),
  });
} finally {
  counters.threadEnded();
  clearInterval(alive);
}
post({ kind: 'done' });
