import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { seed } from '../../support/seed.js';
import type { PeerResult, PeerTask } from './peer.js';

export { seed };

/** Starts a thread that performs `task`; resolves to what it reports. */
export async function startPeer(task: PeerTask, index: number): Promise<PeerResult> {
  const worker = new Worker(new URL('./peer.js', import.meta.url), { workerData: { task, seed: seed + index } });
  const [result] = (await once(worker, 'message')) as [PeerResult];
  return result;
}
