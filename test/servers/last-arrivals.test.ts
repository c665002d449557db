import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConnectionEffect } from '../../src/servers/connection.js';
import { defaultLimits } from '../../src/servers/limits.js';
import protocol from '../../src/servers/protocols/http.js';
import { get } from '../support/raw-connection.js';
import { someService } from './runtime/some-service.js';

/**
 * Drives a connection by hand: each `receive` is given the next of `chunks`, then nothing more. The server ends while
 * the first request is handled, or before; of what comes after that `dueBytes` had arrived by then.
 * @returns what the application was asked, with the length of its body, and how often its answers said that they are the last
 */
async function drive(
  chunks: readonly string[],
  dueBytes: number,
  endsBefore = false,
): Promise<{ asked: string[]; last: number }> {
  const asked: string[] = [];
  const service = (await someService()).apart(
    {
      handle: ({ method, target, body }) => {
        service.phase.enter('draining');
        asked.push(`${method} ${target} ${body.length}`);
        return { status: 200, body: 'ok' };
      },
    },
    defaultLimits(),
  );
  if (endsBefore) service.phase.enter('draining');
  const waiting = [...chunks];
  let last = 0;
  const perform = (effect: ConnectionEffect): unknown => {
    if (effect.kind === 'receive') return Buffer.from(waiting.shift() ?? '');
    if (effect.kind === 'queues') return { arrivedBytes: dueBytes, onWayBytes: 0 };
    if (effect.kind === 'send')
      last += Buffer.from(effect.bytes).toString('latin1').split('Connection: close').length - 1;
    return undefined;
  };
  const connection = protocol.serve(service);
  for (let step = connection.next(); step.done !== true;) step = connection.next(perform(step.value));
  return { asked, last };
}

describe('what a draining connection of HTTP still takes', () => {
  const body = `${'x'.repeat(90)}${get('/in-a-body')}`;
  const post = `POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: ${body.length}\r\n\r\n`;

  it('is all that had arrived, and no more', async () => {
    const due = get('/2') + get('/3');
    assert.deepEqual(await drive([get('/1'), due + get('/4'), get('/5')], due.length), {
      asked: ['GET /1 0', 'GET /2 0', 'GET /3 0'],
      last: 1,
    });
  });

  it('is the whole of a request that has begun with it', async () => {
    const begun = post.slice(0, 10);
    assert.deepEqual(
      await drive([get('/1'), begun, post.slice(10) + body.slice(0, 50), body.slice(50)], begun.length),
      {
        asked: ['GET /1 0', `POST /echo ${body.length}`],
        last: 1,
      },
    );
  });

  it('is the whole of a request that comes when only an empty line had, in however many pieces', async () => {
    const pieces = [`\r\n${post}${body.slice(0, 90)}`, body.slice(90, 100), body.slice(100)];
    assert.deepEqual(await drive([get('/1'), ...pieces], 2), {
      asked: ['GET /1 0', `POST /echo ${body.length}`],
      last: 1,
    });
  });

  it('is one request that was on its way when nothing had arrived', async () => {
    assert.deepEqual(await drive([get('/1') + get('/2')], 0, true), { asked: ['GET /1 0'], last: 1 });
  });
});
