// Connections that are opened and dropped, many a second: whether others are still served, and what is left behind.
//
//   npm run build && node bench/churn.mjs [--modes a,b] [--protocol http] [--rate 1000] [--seconds 60]
//
// Each connection does one of six things, in turn: it is reset at once, asks and is reset, asks and hangs up, stops in
// mid-request, sends garbage, or asks and waits for the answer. A bystander asks again and again meanwhile, on a new
// connection each time. Printed: what became of the bystander, and memory, descriptors and threads of the server before,
// in every sixth of the time, and after.
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { processTree } from '../dist/src/compare/process-tree.js';
import { encodeFrame } from '../dist/src/net/frames/encode-frame.js';
import { readModes, startMode } from './modes.mjs';
import { readOptions, wholeNumber } from './options.mjs';
import { residentBytes } from './resident-bytes.mjs';

const options = readOptions({ modes: undefined, protocol: 'http', rate: '1000', seconds: '60' });
const { protocol } = options;
const rate = wholeNumber('rate', options.rate);
const seconds = wholeNumber('seconds', options.seconds);
const modes = await readModes(options.modes);

const request =
  protocol === 'http'
    ? Buffer.from('GET /json HTTP/1.1\r\nHost: a\r\n\r\n')
    : Buffer.from(encodeFrame({ id: 1, target: '/json' }));
const garbage = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 151) & 255));

const manners = [
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.write(request, () => socket.resetAndDestroy()),
  (socket) => socket.end(request, () => socket.destroy()),
  (socket) => socket.end(request.subarray(0, 9)),
  (socket) => socket.end(garbage),
  (socket) => socket.end(request),
];

/** All connections that are open, so that they can be counted and ended. */
const open = new Set();

function visit(port, behave, done = () => undefined) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => behave(socket));
  open.add(socket);
  let answered = false;
  socket.on('data', () => {
    answered = true;
  });
  socket.on('end', () => socket.destroy());
  socket.on('error', () => undefined);
  socket.on('close', () => {
    open.delete(socket);
    done(answered);
  });
}

/** Of the server and all that it has started. */
function holdings(pid) {
  let rssMiB = 0;
  let descriptors = 0;
  let threads = 0;
  for (const member of processTree(pid)) {
    rssMiB += residentBytes(member) / 2 ** 20;
    descriptors += readdirSync(`/proc/${member}/fd`).length;
    threads += readdirSync(`/proc/${member}/task`).length;
  }
  return { rssMiB: Math.round(rssMiB), descriptors, threads };
}

function bystand(port, times) {
  const begun = performance.now();
  return new Promise((resolve) => {
    visit(
      port,
      (socket) => socket.end(request),
      (answered) => {
        times.push(answered ? performance.now() - begun : Number.POSITIVE_INFINITY);
        resolve();
      },
    );
  });
}

for (const mode of modes) {
  const server = await startMode(mode, { protocol });
  const before = holdings(server.pid);
  const rss = [];
  const times = [];
  let made = 0;
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  const standing = (async () => {
    while (elapsed() < seconds) {
      await bystand(server.port, times);
      await sleep(10);
    }
  })();
  while (elapsed() < seconds) {
    const due = Math.floor(elapsed() * rate);
    // What the server does not take, the kernel queues; no more than it can.
    while (made < due && open.size < 4000) visit(server.port, manners[made++ % manners.length]);
    if (rss.length < Math.floor((elapsed() / seconds) * 6)) rss.push(holdings(server.pid).rssMiB);
    await sleep(2);
  }
  await standing;
  for (const socket of open) socket.destroy();
  let after = holdings(server.pid);
  for (
    let tries = 0;
    tries < 600 && (after.descriptors > before.descriptors || after.threads > before.threads);
    tries++
  ) {
    await sleep(100);
    after = holdings(server.pid);
  }
  const { connections } = await server.stats();
  times.sort((a, b) => a - b);
  const unanswered = times.filter((ms) => ms === Number.POSITIVE_INFINITY).length;
  const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))].toFixed(1);
  console.log(
    `${mode} ${protocol}: ${made} connections in ${elapsed().toFixed(0)} s; ` +
      `bystander ${times.length} times, median ${at(0.5)} p99 ${at(0.99)} max ${at(1)} ms, ${unanswered} unanswered; ` +
      `RSS ${before.rssMiB} → ${rss.join(' ')} → ${after.rssMiB} MiB; ` +
      `descriptors ${before.descriptors} → ${after.descriptors}, threads ${before.threads} → ${after.threads}, ${connections.open} open`,
  );
  await server.close();
}
