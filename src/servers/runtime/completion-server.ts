import type { Log } from '../../core/log.js';
import { errnoName } from '../../net/sys/errno.js';
import { drainEventfd } from '../../net/sys/eventfd.js';
import { POLLIN } from '../../net/sys/poll.js';
import { accept, close, setNonBlocking } from '../../net/sys/socket.js';
import { UringOp } from '../../net/sys/uring.js';
import type { Service } from '../service.js';
import { CompletionTask } from './completion-task.js';
import { Kind, Proactor } from './proactor.js';
import { Runtime } from './runtime.js';
import type { RuntimeServerStart } from './runtime-server.js';
import { RingFiles } from './ring-files.js';
import { Timer } from './timer-heap.js';

const SOCK_CLOEXEC = 0x8_0000;
const acceptPauseMs = 100;

/**
 * Runs a server on the calling thread, with every operation through one io_uring, until it has drained.
 * @param start its listening socket blocks: io_uring waits only where a plain call would
 */
export function runCompletionServer(start: RuntimeServerStart, service: Service, log: Log): void {
  const { listener, doorbell } = start;
  const { phase } = service;
  const proactor = new Proactor();
  const files = new RingFiles(proactor);
  const runtime = new Runtime(proactor, files.read);
  const connections = new Set<CompletionTask>();
  let isDraining = false;
  let isAccepting = false;

  const stopWhenDone = (): void => {
    if (isDraining && !isAccepting && connections.size === 0) runtime.stop();
  };
  const serve = (fd: number): void => {
    const task = new CompletionTask(fd, runtime, proactor, service, (closed) => {
      connections.delete(closed);
      stopWhenDone();
    });
    connections.add(task);
    runtime.wake(task);
  };

  const acceptNext = (): void => {
    isAccepting = true;
    proactor.queuePlain(UringOp.accept, listener, SOCK_CLOEXEC, acceptToken, Kind.accept);
  };
  const pause = new Timer(acceptNext);
  const acceptToken = proactor.take({
    completed: (_kind, result) => {
      isAccepting = false;
      if (result >= 0) serve(result);
      if (isDraining) stopWhenDone();
      else if (result >= 0) acceptNext();
      else {
        // Out of descriptors or memory: those who wait shall wait a little, while others end and free some.
        log('warn', `accept: ${errnoName(-result)}; trying again in ${acceptPauseMs} ms`);
        runtime.timers.set(pause, runtime.now + acceptPauseMs);
      }
    },
  });
  const drain = (): void => {
    if (isDraining) return;
    isDraining = true;
    runtime.timers.cancel(pause);
    if (isAccepting) proactor.cancel(acceptToken, Kind.accept);
    // Whoever waits in the accept queue, and no more.
    setNonBlocking(listener, true);
    for (let fd = accept(listener, false); fd >= 0; fd = accept(listener, false)) serve(fd);
    close(listener);
    for (const task of connections) task.endIfIdle();
    stopWhenDone();
  };

  const listenForBell = (): void => {
    proactor.queuePlain(UringOp.poll, doorbell, POLLIN, doorbellToken, Kind.doorbell);
  };
  const obeyPhase = (): void => {
    if (phase.ending) drain();
    if (phase.current === 'aborting') for (const task of connections) task.abort();
  };
  const doorbellToken = proactor.take({
    completed: () => {
      drainEventfd(doorbell);
      obeyPhase();
      listenForBell();
    },
  });

  listenForBell();
  acceptNext();
  obeyPhase();
  runtime.run();
  files.close();
  proactor.close();
}
