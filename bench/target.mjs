// What every load generator is pointed at: nginx with one worker where there is one, else archbench's own reactor.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServerProcess } from '../dist/src/servers/server-process.js';

/** 27 bytes. */
const body = '{"message":"Hello, World!"}';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** @returns {Promise<{ name: string, url: string, close: () => Promise<void> }>} */
export async function startTarget() {
  const version = spawnSync('nginx', ['-v'], { encoding: 'utf8' });
  if (version.error !== undefined) {
    const server = await startServerProcess({ mode: 'reactor', set: [], host: '127.0.0.1', port: 0, graceMs: 500 });
    return { name: 'archbench reactor', url: `${server.url}/json`, close: () => server.close() };
  }
  const folder = mkdtempSync(join(tmpdir(), 'archbench-bench-'));
  const port = await freePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
     events { worker_connections 4096; }
     http {
       access_log off; keepalive_requests 1000000000; ${paths.join(' ')}
       server { listen 127.0.0.1:${port} backlog=4096; location / { default_type application/json; return 200 '${body}'; } }
     }`,
  );
  const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}/json`;
  for (let tries = 0; ; tries += 1) {
    const answered = await fetch(url).catch(() => undefined);
    if (answered?.ok) break;
    if (tries === 100) throw new Error('nginx does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    name: `${version.stderr.trim().replace(/^nginx version: /, '')}, one worker`,
    url,
    close: async () => {
      nginx.kill();
      await once(nginx, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}
