import { SyscallError } from '../net/sys/errno.js';
import { descriptorLimit } from '../net/sys/limits.js';
import { unsupportedReason } from '../net/sys/platform.js';
import { accept, close, listenTcp, localPort, read, send } from '../net/sys/socket.js';
import { Generator } from './generate.js';
import type { Load } from './pacer.js';
import { compilePlan } from './plan/load.js';
import { PlanSource } from './plan/source.js';
import { partOf, whole, type Share } from './share.js';

/** Fewer make no crowd at the start; more teach the compiler little. */
const fewestClients = 10;
const mostClients = 100;
/** With fewer there is no rehearsal: the load itself needs them. */
const plentyOfDescriptors = 1024;
const timeoutMs = 2000;

const response = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n');

let hasRehearsed = false;

/**
 * Brings a small load to a listening socket of our own before the one that is measured: once on each thread, with the
 * code by which it will generate, and not a byte of it for the user's server. A fresh JavaScript thread compiles each
 * function the first time it runs, and better when it has run often; what is measured shall not wait for that (150
 * clients at once: 10 to 15 ms). A load that has a warm-up needs none.
 * @returns how many requests were sent and answered
 */
export async function rehearse(
  { concurrency, warmupMs }: Pick<Load, 'concurrency' | 'warmupMs'>,
  share: Share,
  transport = 'auto',
): Promise<number> {
  const clients = Math.min(mostClients, partOf(concurrency, share));
  if (hasRehearsed || clients < fewestClients || warmupMs > 0) return 0;
  if (unsupportedReason() !== undefined || descriptorLimit() < plentyOfDescriptors) return 0;
  hasRehearsed = true;
  using server = answerOnce();
  if (server === undefined) return 0;
  const text = `{ base: 'http://127.0.0.1:${server.port}', concurrency: ${clients}, iterations: ${clients}, plan: [{ name: rehearsal, request: { url: / } }] }`;
  const plan = await compilePlan(new PlanSource('rehearsal', '', text), { cwd: '', env: {} });
  const silent = { onSecond: () => undefined, onWarning: () => undefined, onStopped: () => undefined };
  const generator = await Generator.prepare(plan, whole, { env: {}, seed: 0, transport, timeoutMs }, silent);
  const { snapshot } = await generator.run();
  return snapshot.groups.reduce((sum, { ok }) => sum + ok, 0);
}

/** Answers the first request of each connection, on this thread, in turn with those who ask. */
function answerOnce(): ({ readonly port: number } & Disposable) | undefined {
  let listener: number;
  try {
    listener = listenTcp({ host: '127.0.0.1', port: 0, nonBlocking: true });
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
  const buffer = new Uint8Array(4096);
  const fds: number[] = [];
  let silent: number[] = [];
  const serve = (): void => {
    for (let fd = accept(listener, true); fd >= 0; fd = accept(listener, true)) {
      fds.push(fd);
      silent.push(fd);
    }
    silent = silent.filter((fd) => {
      if (read(fd, buffer) <= 0) return true;
      send(fd, response);
      return false;
    });
    turn = setImmediate(serve);
  };
  let turn = setImmediate(serve);
  return {
    port: localPort(listener),
    [Symbol.dispose]: () => {
      clearImmediate(turn);
      for (const fd of fds) close(fd);
      close(listener);
    },
  };
}
