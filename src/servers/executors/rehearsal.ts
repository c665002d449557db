import { tcpAddress } from '../../net/sys/address.js';
import {
  accept,
  close,
  connect,
  listenTcp,
  localPort,
  openSocket,
  sendAll,
  shutdownSocket,
} from '../../net/sys/socket.js';
import type { Service } from '../service.js';
import { BlockingExecutor } from './blocking-executor.js';
import { WakeTable } from './wake-table.js';

/**
 * Serves one request of our own on a connection of our own, with counters of its own, before the thread says that
 * it is ready. A fresh JavaScript thread compiles each function the first time it runs, and the first request would
 * pay for all of them: 10 ms here, for each of 150 spare threads at once.
 */
export function rehearseBlocking(service: Service): void {
  const { service: rehearsal, request } = service.rehearsal();
  const address = '127.0.0.1';
  const listener = listenTcp({ host: address, port: 0, backlog: 1 });
  const { family, bytes } = tcpAddress(address, localPort(listener));
  const client = openSocket(family, false);
  connect(client, { family, bytes });
  const fd = accept(listener, false);
  sendAll(client, request);
  shutdownSocket(client, 'write');
  new BlockingExecutor(rehearsal, WakeTable.allocate(1), 0).serve(fd);
  close(client);
  close(listener);
}
