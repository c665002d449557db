// Seeded mutations of requests and frames against running servers: nothing may crash, hang, or be lost.
//
//   npm run build && node bench/fuzz.mjs [--mutations 100000] [--seed 1] [--modes a,b]
//
// Each mutation is sent on a connection of its own, which is then half-closed; the server must answer or close. At the
// end a proper request must be answered, no thread may be lost, and no connection may be open.
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { encodeFrame } from '../dist/src/net/frames/encode-frame.js';
import { readModes, startMode } from './modes.mjs';
import { readOptions, wholeNumber } from './options.mjs';

const options = readOptions({ mutations: '100000', seed: '1', modes: undefined });
const mutations = wholeNumber('mutations', options.mutations);
const seed = wholeNumber('seed', options.seed);
const modes = await readModes(options.modes);
const atOnce = 32;
const hangMs = 10_000;

// mulberry32: small, seeded, good enough to choose bytes.
let state = seed >>> 0;
function random(below) {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % below;
}

const samples = {
  http: [
    'GET /json HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
    'POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    'GET /work?io=1&cpu=2&bytes=3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'GET /json HTTP/1.1\r\nHost: a\r\n\r\nGET /bytes/9 HTTP/1.1\r\nHost: a\r\n\r\n',
  ].map((text) => Buffer.from(text)),
  frames: [
    { id: 1, target: '/json' },
    { id: 2, target: '/echo', body: { a: [1, 2, { b: null }] } },
    { id: 3, method: 'POST', target: '/echo', body: 'text' },
    { id: 4, target: '/work?io=1&cpu=2&bytes=3' },
  ].map((message) => Buffer.from(encodeFrame(message))),
};

function mutate(sample) {
  const bytes = Buffer.from(sample);
  for (let i = random(4); i >= 0; i--) {
    switch (random(5)) {
      case 0:
        bytes[random(bytes.length)] = random(256);
        break;
      case 1:
        return bytes.subarray(0, random(bytes.length));
      case 2:
        return Buffer.concat([bytes, bytes.subarray(random(bytes.length))]);
      case 3:
        bytes[random(bytes.length)] ^= 1 << random(8);
        break;
      default: {
        const at = random(bytes.length);
        return Buffer.concat([bytes.subarray(0, at), Buffer.from([random(256)]), bytes.subarray(at)]);
      }
    }
  }
  return bytes;
}

function attempt(port, bytes) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const bound = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end within ${hangMs} ms of ${JSON.stringify(bytes.toString('latin1'))}`));
    }, hangMs);
    socket.on('data', () => undefined);
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(bound);
      resolve();
    });
    socket.end(bytes);
  });
}

const threadsOf = (pid) => readdirSync(`/proc/${pid}/task`).length;
let problems = 0;
console.log(`seed ${seed}`);
for (const mode of modes) {
  for (const protocol of ['http', 'frames']) {
    const share = Math.ceil(mutations / modes.length / 2);
    const server = await startMode(mode, { protocol, set: ['idleTimeout=2s', 'headerTimeout=2s'] });
    const threads = threadsOf(server.pid);
    let left = share;
    const work = async () => {
      while (left-- > 0) {
        const sample = samples[protocol][random(samples[protocol].length)];
        await attempt(server.port, mutate(sample)).catch((error) => {
          problems += 1;
          console.log(`${mode} ${protocol}: ${error.message}`);
        });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    await attempt(server.port, samples[protocol][0]);
    let { connections } = await server.stats();
    for (let tries = 0; connections.open > 0 && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ({ connections } = await server.stats());
    }
    // Node starts helper threads for files when it first needs them.
    const lost = threadsOf(server.pid) < threads || threadsOf(server.pid) > threads + 4;
    if (connections.open > 0 || lost) problems += 1;
    console.log(
      `${mode} ${protocol}: ${share} mutations, ${connections.open} left open, threads ${lost ? 'differ' : 'as before'}`,
    );
    await server.close();
  }
}
console.log(`${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;
