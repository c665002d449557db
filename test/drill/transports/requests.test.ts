import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { ScriptedServer, type Script } from '../../support/scripted-server.js';
import {
  bodyOf,
  describeTransports,
  hello,
  openTransport,
  originOf,
  outgoing,
  withServer,
} from '../../support/transports.js';

await describeTransports('what goes out', (kind) => {
  it('sends exactly what it was given, framing added', async () => {
    const heads: string[] = [];
    const script: Script = (socket, head) => {
      heads.push(head);
      socket.write(hello);
    };
    await withServer(kind, script, async (ask, server) => {
      await ask({ path: '/a?b=c', headers: ['x-one', '1', 'accept', '*/*'] });
      await ask({ method: 'POST', body: Buffer.from('body') });
      await ask({ method: 'PUT' });
      await ask({ method: 'DELETE', headers: ['host', 'other'] });
      const host = `host: 127.0.0.1:${server.port}`;
      const lines = heads.map((head) =>
        head
          .toLowerCase()
          .split('\r\n')
          .filter((line) => !line.startsWith('connection')),
      );
      assert.deepEqual(lines, [
        ['get /a?b=c http/1.1', host, 'x-one: 1', 'accept: */*'],
        ['post / http/1.1', host, 'content-length: 4'],
        ['put / http/1.1', host, 'content-length: 0'],
        ['delete / http/1.1', 'host: other'],
      ]);
    });
  });

  it('goes over IPv6 and to names', async () => {
    for (const hostname of ['::1', 'localhost']) {
      const host = hostname === 'localhost' ? '127.0.0.1' : hostname;
      await using server = await ScriptedServer.start((socket) => void socket.write(hello), { host });
      await using transport = await openTransport(kind);
      const prepared = transport.prepare(outgoing(originOf(server.port, hostname)));
      await transport.ready?.();
      assert.equal(bodyOf(await transport.send(prepared)), 'hello');
    }
  });

  it('goes over a Unix socket whatever the URL says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'archbench-unix-'));
    const path = join(folder, 's');
    const heads: string[] = [];
    {
      await using _server = await ScriptedServer.start(
        (socket, head) => {
          heads.push(head);
          socket.write(hello);
        },
        { path },
      );
      await using transport = await openTransport(kind, { unixSocket: path });
      const prepared = transport.prepare(outgoing(originOf(8080, 'example.invalid'), { path: '/x' }));
      assert.equal(bodyOf(await transport.send(prepared)), 'hello');
      assert.match(heads[0] ?? '', /^GET \/x HTTP\/1.1\r\nhost: example.invalid:8080/i);
    }
    rmSync(folder, { recursive: true });
  });
});
