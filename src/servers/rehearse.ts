import { readFileSync } from 'node:fs';
import type { Effects } from './application.js';
import { type ConnectionEffect, endOfStream } from './connection.js';
import type { Service } from './service.js';

const times = 50;

/**
 * Runs connections against a peer that is not there, with counters of their own, before a thread says that it is
 * ready. A fresh JavaScript thread compiles each function the first time it runs, and gets it right after some runs
 * more: who connects first shall not pay for that.
 */
export function rehearse(service: Service): void {
  const { service: rehearsal, request } = service.rehearsal();
  for (let i = 0; i < times; i++) {
    const connection = rehearsal.openConnection();
    const input = [request, endOfStream];
    const perform = (effect: ConnectionEffect): unknown => {
      switch (effect.kind) {
        case 'receive':
          return input.shift() ?? endOfStream;
        case 'cpu':
          return effect.task();
        case 'readFile':
          return readFileSync(effect.path);
        case 'stats':
          return rehearsal.ownStats();
        case 'spawn':
          return doJob(effect.job, perform);
        case 'send':
        case 'finish':
        case 'settle':
        case 'sleep':
          return undefined;
      }
    };
    for (let step = connection.next(); step.done !== true;) step = connection.next(perform(step.value));
    rehearsal.connectionClosed();
  }
}

function doJob(job: Effects<Uint8Array>, perform: (effect: ConnectionEffect) => unknown): undefined {
  for (let step = job.next(); step.done !== true;) step = job.next(perform(step.value));
  return undefined;
}
