import { accept, close } from '../../../net/sys/socket.js';
import { rehearse } from '../../rehearsal.js';
import type { Service } from '../../service.js';
import { BlockingExecutor } from './executor.js';
import { WakeTable } from './wake-table.js';

/** Rehearses on the calling thread, which can serve one client at a time. */
export function rehearseBlocking(service: Service): Promise<void> {
  return rehearse(service, { clients: 1, rounds: 1 }, (rehearsal) => {
    const fd = accept(rehearsal.listener, false);
    if (fd >= 0) new BlockingExecutor(rehearsal.service, WakeTable.allocate(1), 0).serve(fd);
    close(rehearsal.listener);
  });
}
