// What every load generator is pointed at: nginx with one worker where there is one, else archbench's own reactor.
import { startServerProcess } from '../dist/src/servers/server-process.js';
import { nginxVersion, startNginx } from './nginx.mjs';

/** @returns {Promise<{ name: string, url: string, close: () => Promise<void> }>} */
export async function startTarget() {
  const version = nginxVersion();
  const server =
    version === undefined
      ? await startServerProcess({ mode: 'reactor', set: [], host: '127.0.0.1', port: 0, graceMs: 500 })
      : await startNginx();
  const name = version === undefined ? 'archbench reactor' : `${version}, one worker`;
  return { name, url: `${server.url}/json`, close: () => server.close() };
}
