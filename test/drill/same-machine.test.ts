import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import { isSameMachine } from '../../src/drill/same-machine.js';

describe('what is driven runs on this machine', () => {
  const rows: [base: string, unixSocket: string | undefined, same: boolean][] = [
    ['http://127.0.0.1:8080', undefined, true],
    ['http://127.9.9.9/', undefined, true],
    ['http://localhost/x', undefined, true],
    ['https://[::1]:8443', undefined, true],
    ['http://192.0.2.1', undefined, false],
    ['http://192.0.2.1', '/run/server.sock', true],
    ['', undefined, false],
  ];
  for (const addressed of Object.values(networkInterfaces()))
    for (const { address, family } of addressed ?? [])
      if (family === 'IPv4') rows.push([`http://${address}/`, undefined, true]);
  for (const [base, unixSocket, same] of rows) {
    it(`${same ? 'if' : 'not if'} it is ${unixSocket ?? `'${base}'`}`, async () => {
      assert.equal(await isSameMachine(base, unixSocket), same);
    });
  }
});
