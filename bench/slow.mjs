// Clients that send a byte a second: whether others are still served, and when the offenders are gone.
//
//   npm run build && node bench/slow.mjs [--modes a,b] [--protocol http] [--clients 500] [--timeout 3s]
//
// The server gives a head, or a frame, so much time. A bystander asks meanwhile, on a new connection each time, until
// the last offender is gone. Blocking architectures serve him when a thread is free: after the offenders before him.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFrame } from '../dist/src/net/frames/encode-frame.js';
import { readModes, startMode } from './modes.mjs';
import { readOptions, wholeNumber } from './options.mjs';

const options = readOptions({ modes: undefined, protocol: 'http', clients: '500', timeout: '3s' });
const { protocol, timeout } = options;
const clients = wholeNumber('clients', options.clients);
const modes = await readModes(options.modes);

const longestMs = 600_000;
const request =
  protocol === 'http'
    ? Buffer.from('GET /json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    : Buffer.from(encodeFrame({ id: 1, target: '/json' }));

function visit(port, behave) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => behave(socket));
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => resolve(answer));
  });
}

/** A byte a second, for as long as the server puts up with it. */
function dawdle(socket) {
  let sent = 0;
  const timer = setInterval(() => socket.write(request.subarray(sent, ++sent)), 1000);
  socket.on('close', () => clearInterval(timer));
}

for (const mode of modes) {
  const server = await startMode(mode, {
    protocol,
    set: [`headerTimeout=${timeout}`, `bodyTimeout=${timeout}`],
  });
  const begun = performance.now();
  let gone = 0;
  let told = 0;
  const offenders = Array.from({ length: clients }, async () => {
    const answer = await visit(server.port, dawdle);
    gone += 1;
    if (/ 408 |too long/.test(answer)) told += 1;
  });
  const times = [];
  let unanswered = 0;
  while (gone < clients && performance.now() - begun < longestMs) {
    await sleep(50);
    const asked = performance.now();
    const answer = await visit(server.port, (socket) => socket.end(request));
    times.push(performance.now() - asked);
    if (!answer.includes('Hello, World!')) unanswered += 1;
  }
  const seconds = (performance.now() - begun) / 1000;
  if (gone === clients) await Promise.all(offenders);
  times.sort((a, b) => a - b);
  const { connections } = await server.stats();
  console.log(
    `${mode} ${protocol}: ${gone} of ${clients} offenders gone after ${seconds.toFixed(1)} s, ${told} told why; ` +
      `bystander ${times.length} times, median ${times[times.length >> 1].toFixed(1)} max ${times.at(-1).toFixed(1)} ms, ` +
      `${unanswered} unanswered; ${connections.open} connections open`,
  );
  await server.close();
  if (gone < clients) process.exit(1);
}
