import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PeerResult, PeerTask } from './peer.js';

/** The seed of this run: ARCHBENCH_SEED repeats an earlier one. */
export const seed = Number(process.env['ARCHBENCH_SEED'] ?? Date.now() % 1e9);

/** Starts a thread that performs `task`; resolves to what it reports. */
export async function startPeer(task: PeerTask, index: number): Promise<PeerResult> {
  const worker = new Worker(new URL('./peer.js', import.meta.url), { workerData: { task, seed: seed + index } });
  const [result] = (await once(worker, 'message')) as [PeerResult];
  return result;
}
