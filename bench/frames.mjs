// Requests in frames, several under way on each connection, on every architecture; modes take turns.
//
//   npm run build && node bench/frames.mjs [--modes a,b] [--path /json] [--connections 16] [--in-flight 1,32] [--rounds 3] [--seconds 2]
//
// Each connection sends its requests in one piece, and again when all of them are answered. Printed for each number of
// requests in flight: the median over the rounds of replies/s, and its ratio to that of the first mode. The load is this
// process: one thread of Node, which counts replies by their bytes.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFrame } from '../dist/src/net/frames/encode-frame.js';
import { FrameDecoder } from '../dist/src/net/frames/frame-decoder.js';
import { readModes, startMode } from './modes.mjs';
import { readOptions, wholeNumber } from './options.mjs';
import { median, shuffled } from './rounds.mjs';

const options = readOptions({
  modes: undefined,
  path: '/json',
  connections: '16',
  'in-flight': '1,32',
  rounds: '3',
  seconds: '2',
});
const modes = await readModes(options.modes);
const connections = wholeNumber('connections', options.connections);
const depths = options['in-flight'].split(',').map((text) => wholeNumber('in-flight', text));
const rounds = wholeNumber('rounds', options.rounds);
const seconds = wholeNumber('seconds', options.seconds);

/** Numbers of one length, so that all replies have one too. */
const request = (i) => encodeFrame({ id: 1000 + i, target: options.path });

/** How long a reply is, with its length in front. */
async function replyBytes(port) {
  const socket = connect(port, '127.0.0.1');
  socket.write(request(0));
  const decoder = new FrameDecoder(2 ** 24);
  let bytes = 0;
  for await (const chunk of socket) {
    bytes += chunk.length;
    decoder.feed(chunk);
    if (decoder.next() !== undefined) break;
  }
  return bytes;
}

/** @returns replies a second, after a second that is not counted */
async function repliesPerSecond(port, depth) {
  const batch = Buffer.concat(Array.from({ length: depth }, (_, i) => request(i)));
  const answered = depth * (await replyBytes(port));
  let batches = 0;
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect(port, '127.0.0.1', () => socket.write(batch));
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes < answered) return;
      bytes -= answered;
      batches += 1;
      socket.write(batch);
    });
    return socket;
  });
  await sleep(1000);
  const before = batches;
  const startedMs = performance.now();
  await sleep(seconds * 1000);
  const perSecond = ((batches - before) * depth * 1000) / (performance.now() - startedMs);
  for (const socket of sockets) {
    socket.destroy();
    await once(socket, 'close');
  }
  return perSecond;
}

for (const depth of depths) {
  const rates = new Map(modes.map((mode) => [mode, []]));
  for (let round = 0; round < rounds; round++)
    for (const mode of shuffled(modes)) {
      const server = await startMode(mode, { protocol: 'frames' });
      rates.get(mode).push(await repliesPerSecond(server.port, depth));
      await server.close();
    }
  const reference = median(rates.get(modes[0]));
  console.log(`\n### \`${options.path}\` in frames, ${connections} connections, ${depth} in flight on each\n`);
  console.log('| server | replies/s | ratio |\n| --- | ---: | ---: |');
  for (const [mode, each] of rates)
    console.log(`| ${mode} | ${median(each).toFixed(0)} | ${(median(each) / reference).toFixed(2)} |`);
}
