// Ten thousand idle connections: what each costs the server, and how a request among them fares.
//
//   npm run build && node bench/idle.mjs [--mode reactor] [--connections 10000]
//
// Needs `ulimit -n` above the number of connections, in both processes.
import { connect } from 'node:net';
import { readModes, startMode } from './modes.mjs';
import { readOptions, wholeNumber } from './options.mjs';
import { residentBytes } from './resident-bytes.mjs';

const options = readOptions({ mode: 'reactor', connections: '10000' });
const [mode] = await readModes(options.mode);
const count = wholeNumber('connections', options.connections);
const request = 'GET /json HTTP/1.1\r\nHost: a\r\n\r\n';

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Milliseconds until a request on that connection is answered. */
function ask(socket) {
  return new Promise((resolve) => {
    const sent = performance.now();
    socket.once('data', () => resolve(performance.now() - sent));
    socket.write(request);
  });
}

const server = await startMode(mode, { set: ['idleTimeout=10m', `maxConnections=${count + 10}`] });
const first = await open(server.port);
for (let i = 0; i < 2000; i++) await ask(first);
const before = residentBytes(server.pid);
const sockets = [];
while (sockets.length < count) {
  const batch = Array.from({ length: Math.min(500, count - sockets.length) }, () => open(server.port));
  sockets.push(...(await Promise.all(batch)));
}
for (;;) {
  const { connections } = await server.stats();
  if (connections.open > count) break;
}
const fresh = residentBytes(server.pid);
const times = [];
for (let i = 0; i < 500; i++) times.push(await ask(sockets[(i * 7919) % count]));
times.sort((a, b) => a - b);

for (const socket of sockets) await ask(socket);
const after = residentBytes(server.pid);
const each = (bytes) => ((bytes - before) / count / 1024).toFixed(2);
console.log(`${mode}: ${count} connections`);
console.log(`RSS per connection: ${each(fresh)} KiB when opened, ${each(after)} KiB when each has had a request`);
console.log(`a request among them: median ${times[250].toFixed(2)} ms, slowest ${times[499].toFixed(2)} ms`);
for (const socket of [first, ...sockets]) socket.destroy();
await server.close();
