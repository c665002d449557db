import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { it } from 'node:test';
import { vocabulary } from '../../src/drill/plan/load.js';
import { rehearse } from '../../src/drill/rehearsal.js';
import { whole } from '../../src/drill/share.js';
import { unsupportedReason } from '../../src/net/sys/platform.js';
import { drillReport } from '../support/drill.js';
import { ScriptedServer } from '../support/scripted-server.js';

const skip = unsupportedReason() ?? false;
const descriptors = (): number => readdirSync('/proc/self/fd').length;
const crowd = { concurrency: 150, warmupMs: 0 };

// In this order: a thread rehearses once.

it('does not rehearse for a few clients, or before a warm-up', { skip }, async () => {
  assert.equal(await rehearse({ ...crowd, concurrency: 9 }, whole), 0);
  assert.equal(await rehearse({ ...crowd, warmupMs: 1 }, whole), 0);
  assert.equal(await rehearse({ concurrency: 3, warmupMs: 0 }, { index: 3, of: 4 }), 0);
});

it('sends a hundred requests to itself, leaves nothing open, and does so once', { skip }, async () => {
  await vocabulary();
  const before = descriptors();
  assert.equal(await rehearse(crowd, whole), 100);
  assert.equal(descriptors(), before);
  assert.equal(await rehearse(crowd, whole), 0);
});

it('sends to the server what the plan says and not a request more', async () => {
  const paths: string[] = [];
  await using server = await ScriptedServer.start((socket, head) => {
    paths.push(head.split(' ')[1] ?? '');
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
  const base = `http://127.0.0.1:${server.port}`;
  for (const options of skip === false ? [[], ['--transport', 'epoll']] : [[], []])
    await drillReport(
      `{ base: '${base}', concurrency: 30, iterations: 30, plan: [{ name: a, request: { url: /a } }] }`,
      options,
    );
  assert.deepEqual([paths.length, new Set(paths), server.connections], [60, new Set(['/a']), 60]);
});
