// nginx with one worker that answers /json from its configuration: what others are measured with, or against.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

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

/** `nginx/1.22.1`; undefined where it is not installed. */
export function nginxVersion() {
  const { error, stderr } = spawnSync('nginx', ['-v'], { encoding: 'utf8' });
  return error === undefined ? stderr.trim().replace(/^nginx version: /, '') : undefined;
}

/** @returns {Promise<{ url: string, pid: number, close: () => Promise<void> }>} */
export async function startNginx() {
  const folder = mkdtempSync(join(tmpdir(), 'archbench-nginx-'));
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  writeFileSync(
    config,
    `worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log crit;
     events { worker_connections 8192; }
     http {
       access_log off; keepalive_requests 1000000000; tcp_nodelay on; ${paths.join(' ')}
       server { listen 127.0.0.1:${port} backlog=4096; location / { default_type application/json; return 200 '${body}'; } }
     }`,
  );
  const nginx = spawn('nginx', ['-p', folder, '-c', config, '-e', `${folder}/error.log`], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; (await fetch(`${url}/json`).catch(() => undefined))?.ok !== true; tries += 1) {
    if (tries === 100) throw new Error('nginx does not answer');
    await sleep(50);
  }
  return {
    url,
    pid: nginx.pid,
    close: async () => {
      nginx.kill();
      await once(nginx, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}
