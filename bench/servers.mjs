// Every architecture and nginx under the same load, taking turns, so that a noisy minute hits all alike.
//
//   npm run bench:servers -- [--modes a,b] [--paths /json,/cpu/200] [--connections 1,64] [--rounds 3] [--seconds 3] [--load wrk]
//
// The load is wrk (one thread) where it is installed, else archbench hit. Printed per path and number of connections: the median over the rounds of requests/s
// (and its ratio to the first column's), p99, CPU time per request, peak RSS; as Markdown, for docs/performance.md.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { architectures, resolveMode } from '../dist/src/servers/catalogue.js';
import { startServerProcess } from '../dist/src/servers/server-process.js';
import { nginxVersion, startNginx } from './nginx.mjs';

/** @returns never */
function giveUp(message) {
  console.error(`error: ${message}`);
  process.exit(2);
}

function numberOf(name, text) {
  const number = Number(text);
  return Number.isInteger(number) && number > 0
    ? number
    : giveUp(`--${name} expects a whole number from 1, found '${text}'`);
}

function optionsOf(options) {
  try {
    return parseArgs({ options });
  } catch ({ message }) {
    const known = Object.keys(options).map((name) => `--${name}`);
    return giveUp(`${message.split('. ')[0]}; known: ${known.join(', ')}`);
  }
}

const { values } = optionsOf({
  modes: { type: 'string' },
  paths: { type: 'string', default: '/json,/work?io=5&bytes=1024,/cpu/200' },
  connections: { type: 'string', default: '1,64,500' },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '3' },
  load: { type: 'string' },
});
const rounds = numberOf('rounds', values.rounds);
const seconds = numberOf('seconds', values.seconds);
const crowds = values.connections.split(',').map((text) => numberOf('connections', text));
const paths = values.paths.split(',');
for (const path of paths) if (!path.startsWith('/')) giveUp(`--paths expects paths such as /json, found '${path}'`);
const runnable = (await architectures.all()).filter(({ unsupported }) => unsupported?.() === undefined);
const all = runnable.map(({ id }) => id);
const modes = values.modes?.split(',') ?? (nginxVersion() === undefined ? all : ['nginx', ...all]);
for (const mode of modes) {
  const [id] = mode.split(':');
  if (id === 'nginx' || all.includes(id)) continue;
  try {
    const { id: found } = await resolveMode(id);
    if (!all.includes(found)) throw new Error(`mode '${found}' cannot run here`);
  } catch ({ message }) {
    giveUp(message);
  }
}

/** The process and all that it has started. */
function processTree(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => processTree(Number(child)))];
}

function usage(pid) {
  let cpuUs = 0;
  let rssBytes = 0;
  for (const member of processTree(pid)) {
    const stat = readFileSync(`/proc/${member}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    cpuUs += (Number(fields[11]) + Number(fields[12])) * 10_000;
    rssBytes += Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${member}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  }
  return { cpuUs, rssBytes };
}

const microseconds = { us: 1, ms: 1000, s: 1e6, m: 60e6 };

const run = promisify(execFile);
const loads = { wrk, archbench };
const load = values.load ?? (spawnSync('wrk', ['-v']).error === undefined ? 'wrk' : 'archbench');
if (!Object.hasOwn(loads, load)) giveUp(`--load expects ${Object.keys(loads).join(' or ')}, found '${load}'`);
const drive = loads[load];

async function archbench(url, connections, duration) {
  const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
  const options = ['-c', String(connections), '-d', `${duration}s`, '--format', 'json'];
  const { stdout } = await run(process.execPath, [main, 'hit', url, ...options], { maxBuffer: 64 * 2 ** 20 });
  const { rps, requests, failed, latency } = JSON.parse(stdout).total;
  return { rps, requests, p99Us: latency.p99Us, errors: failed > 0 ? `${failed} failed` : undefined };
}

async function wrk(url, connections, duration) {
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${duration}s`, '--timeout=10s', '--latency', url]);
  const p99 = /99%\s+([\d.]+)(us|ms|s|m)/.exec(stdout);
  return {
    rps: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0),
    requests: Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0),
    p99Us: p99 === null ? Number.NaN : Number(p99[1]) * microseconds[p99[2]],
    errors: /Socket errors:.*|Non-2xx.*/.exec(stdout)?.[0],
  };
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function shuffled(items) {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function start(mode) {
  const [id, ...set] = mode.split(':');
  return id === 'nginx' ? startNginx() : startServerProcess({ mode: id, set }).catch(({ message }) => giveUp(message));
}

for (const path of paths) {
  for (const connections of crowds) {
    const results = new Map(modes.map((mode) => [mode, []]));
    for (let round = 0; round < rounds; round++) {
      for (const mode of shuffled(modes)) {
        if (mode === 'nginx' && path !== '/json') continue;
        const server = await start(mode);
        try {
          await drive(server.url + path, connections, 1);
          const before = usage(server.pid);
          const measured = await drive(server.url + path, connections, seconds);
          const after = usage(server.pid);
          results.get(mode).push({
            ...measured,
            cpuUs: (after.cpuUs - before.cpuUs) / measured.requests,
            rssMiB: after.rssBytes / 2 ** 20,
          });
        } finally {
          await server.close();
        }
      }
    }
    console.log(`\n### \`${path}\`, ${connections} connection${connections === 1 ? '' : 's'}\n`);
    console.log('| server | requests/s | ratio | p99 ms | CPU µs/request | peak RSS MiB | errors |');
    console.log('| --- | ---: | ---: | ---: | ---: | ---: | --- |');
    const measured = modes.filter((mode) => results.get(mode).length > 0);
    const reference = median(results.get(measured[0]).map(({ rps }) => rps));
    for (const mode of measured) {
      const runs = results.get(mode);
      const rps = median(runs.map((one) => one.rps));
      const cells = [
        mode,
        Math.round(rps),
        (rps / reference).toFixed(2),
        rps === 0 ? '–' : (median(runs.map((one) => one.p99Us)) / 1000).toFixed(2),
        rps === 0 ? '–' : median(runs.map((one) => one.cpuUs)).toFixed(1),
        Math.round(median(runs.map((one) => one.rssMiB))),
        runs.find((one) => one.errors !== undefined)?.errors ?? '',
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}
