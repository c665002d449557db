import type { Server, Socket } from 'node:net';
import { descriptorLimit } from '../../../net/sys/limits.js';
import { unsupportedReason } from '../../../net/sys/platform.js';
import { SeldomLog } from '../../seldom-log.js';
import type { Service } from '../../service.js';
import { spareDescriptors } from '../../spare-descriptors.js';
import { descriptorOf } from './descriptor.js';

/**
 * Closes connections, and says so, before the last descriptors are taken. Without any, libuv closes whoever waits in
 * the accept queue and tells nobody, and a process of `cluster` is never given a connection again.
 */
export function keepSpareDescriptors(server: Server, { row, log }: Service): void {
  if (unsupportedReason() !== undefined) return;
  const limit = descriptorLimit();
  const seldom = new SeldomLog(log);
  server.prependListener('connection', (socket: Socket) => {
    // The kernel gives out the lowest number that is free.
    if (descriptorOf(socket) < limit - spareDescriptors) return;
    row.rejected();
    socket.destroy();
    seldom.failed(`descriptors run out (ulimit -n ${limit}): connections are closed`);
  });
}
