// Starts and stops servers many times and looks for anything that is left behind.
//
//   npm run build && node bench/starts.mjs [--starts 1000] [--modes a,b]
//
// Every start is a real `archbench serve`, ended by SIGTERM at a random moment: before it is ready, while it is idle, or
// while a request is in flight. It must exit with 0 (or by the signal, before it listens to it) within ten seconds,
// and its server process must be gone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readModes } from './modes.mjs';
import { readOptions, wholeNumber } from './options.mjs';

const options = readOptions({ starts: '1000', modes: undefined });
const starts = wholeNumber('starts', options.starts);
const modes = await readModes(options.modes);
const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const boundMs = 10_000;
const problems = [];
const tally = new Map();

async function oneStart(number) {
  const mode = modes[number % modes.length];
  const moment = ['starting', 'idle', 'busy', 'busy'][Math.floor(Math.random() * 4)];
  const child = spawn(process.execPath, [main, 'serve', '--mode', mode, '--port', '0', '--log-level', 'info'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let ready;
  const isReady = new Promise((resolve) => {
    ready = resolve;
  });
  child.stdout.on('data', (text) => {
    stdout += text;
    if (stdout.includes('\n')) ready();
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const exited = once(child, 'exit');
  if (moment === 'starting') await Promise.race([isReady, sleep(Math.random() * 200)]);
  else await Promise.race([isReady, exited]);
  const port = /:(\d+)[ \n]/.exec(stdout)?.[1];
  if (moment === 'busy' && port !== undefined) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('GET /20 HTTP/1.1\r\nHost: a\r\n\r\n');
  }
  child.kill('SIGTERM');
  const bound = setTimeout(() => {
    problems.push(`start ${number} (${mode}, ${moment}): hangs\n${stderr}`);
    child.kill('SIGKILL');
  }, boundMs);
  const [code, signal] = await exited;
  clearTimeout(bound);
  const wellEnded = code === 0 || (moment === 'starting' && signal === 'SIGTERM');
  if (!wellEnded) problems.push(`start ${number} (${mode}, ${moment}): ended with ${code ?? signal}\n${stderr}`);
  const server = /process (\d+),/.exec(stderr)?.[1];
  if (server !== undefined && existsSync(`/proc/${server}`))
    problems.push(`start ${number} (${mode}): ${server} lives`);
  tally.set(`${mode} ${moment}`, (tally.get(`${mode} ${moment}`) ?? 0) + 1);
}

let next = 0;
async function runStarts() {
  while (next < starts) {
    await oneStart(next++);
    if (next % 100 === 0) console.error(`${next} starts, ${problems.length} problems`);
  }
}
const begun = performance.now();
await Promise.all(Array.from({ length: availableParallelism() + 1 }, runStarts));
for (const [what, count] of [...tally].toSorted()) console.log(`${what.padEnd(24)} ${count}`);
for (const problem of problems) console.log(problem);
console.log(`${starts} starts in ${((performance.now() - begun) / 1000).toFixed(0)} s, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
