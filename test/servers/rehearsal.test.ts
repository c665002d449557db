import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { describe, it } from 'node:test';
import type { Effects } from '../../src/servers/application.js';
import { resolveMode } from '../../src/servers/catalogue.js';
import { Counters } from '../../src/servers/counters.js';
import { defaultLimits } from '../../src/servers/limits.js';
import { Phase } from '../../src/servers/phase.js';
import { rehearse } from '../../src/servers/rehearsal.js';
import { openService, type Service } from '../../src/servers/service.js';
import { readServerSettings } from '../../src/servers/settings.js';
import { createEventfd, drainEventfd } from '../../src/net/sys/eventfd.js';
import { unsupportedReason } from '../../src/net/sys/platform.js';
import { accept, close, read } from '../../src/net/sys/socket.js';
import { HttpHeaders } from '../../src/net/http/headers.js';
import { ParsedRequest } from '../../src/net/http/request.js';
import { descriptorsOf } from '../support/proc.js';
import type { HttpResponse } from '../../src/net/http/response.js';

/** Of descriptors: enough for a rehearsal. */
const limit = 1100;

/** A module of ours, as a script imports it. */
function source(path: string): string {
  return JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
}

function someService(rehearses = true): Promise<Service> {
  return openService(
    {
      architecture: 'event-loop',
      settings: {},
      limits: defaultLimits(),
      rehearse: rehearses,
      protocol: 'http',
      app: undefined,
      counters: Counters.allocate().memory,
      phase: new Phase().memory,
    },
    0,
    () => undefined,
  );
}

describe('rehearsal', { skip: unsupportedReason() ?? false }, () => {
  it('has the clients that the kernel has room for, who wait with their requests', async () => {
    const somaxconn = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
    await rehearse(await someService(), { clients: somaxconn + 10, rounds: 1 }, ({ listener, clients, service }) => {
      // The kernel queues one more than it is asked to.
      assert.equal(clients, somaxconn + 1);
      const fd = accept(listener, false);
      const buffer = Buffer.alloc(1024);
      assert.equal(buffer.toString('latin1', 0, read(fd, buffer)), service.protocol.example.toString());
      close(fd);
      close(listener);
    });
  });

  it('is left out where the server is told to', async () => {
    let rehearsed = false;
    await rehearse(await someService(false), { clients: 10, rounds: 1 }, () => {
      rehearsed = true;
    });
    assert.equal(rehearsed, false);
    const { rehearse: setting } = readServerSettings(await resolveMode('cluster'), ['rehearse=false']);
    assert.equal(setting, false);
  });

  it('has as many rounds as it is asked for', async () => {
    let rounds = 0;
    await rehearse(await someService(), { clients: 1, rounds: 3 }, ({ listener }) => {
      rounds += 1;
      close(listener);
    });
    assert.equal(rounds, 3);
  });

  it('gives back its descriptors when it fails', async () => {
    const service = await someService();
    const before = descriptorsOf().length;
    const failing = rehearse(service, { clients: 3, rounds: 1 }, ({ listener }) => {
      close(listener);
      throw new Error('on purpose');
    });
    await assert.rejects(failing, { message: 'on purpose' });
    assert.equal(descriptorsOf().length, before);
  });

  it('is left out where there are not enough descriptors, and keeps none', () => {
    const script = `
      import { openSync, readdirSync } from 'node:fs';
      import { descriptorLimit } from ${source('net/sys/limits.js')};
      import { rehearse } from ${source('servers/rehearsal.js')};
      // What the library for system calls opens, it keeps.
      descriptorLimit();
      for (let fd = 0; fd < ${limit - 20};) fd = openSync('/dev/null');
      const before = readdirSync('/proc/self/fd').length;
      const service = { rehearses: true, protocol: { example: Buffer.from('x') } };
      await rehearse(service, { clients: 100, rounds: 1 }, () => console.log('rehearsed'));
      console.log(readdirSync('/proc/self/fd').length - before);
    `;
    const node = [process.execPath, '--input-type=module', '--eval', script];
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', `ulimit -n ${limit} && exec "$@"`, 'sh', ...node]);
    assert.deepEqual([stdout.toString(), stderr.toString()], ['0\n', '']);
  });

  it('touches no descriptor when a request of it outlives it', async () => {
    const request = new ParsedRequest('GET', '/plaintext', 1, new HttpHeaders('\r\n', 0), true);
    let unanswered: Effects<HttpResponse> | undefined;
    let doorbell = -1;
    await rehearse(await someService(), { clients: 1, rounds: 1 }, (rehearsal) => {
      doorbell = rehearsal.doorbell;
      unanswered = rehearsal.service.application.handle(request) as Effects<HttpResponse>;
      close(rehearsal.listener);
    });
    // The kernel gives out the lowest number that is free: sooner or later the one that was the doorbell's.
    const eventfds: number[] = [];
    while (!eventfds.includes(doorbell)) eventfds.push(createEventfd());
    assert.equal(unanswered?.next().done, true);
    assert.equal(drainEventfd(doorbell), false);
    for (const fd of eventfds) close(fd);
  });
});
