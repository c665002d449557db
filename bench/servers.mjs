// Every architecture and nginx under the same load, taking turns, so that a noisy minute hits all alike. All of it takes
// half an hour; one path and number of connections with --rounds 1 --seconds 1 a minute.
//
//   npm run bench:servers -- [--modes a,b] [--paths /json,/cpu/200] [--connections 1,64] [--rounds 3] [--seconds 3] [--load wrk]
//
// The load is wrk (one thread) where it is installed, else archbench drill. Printed per path and number of connections: the
// medians over the rounds of requests/s, p99, CPU time per request and peak RSS, each with its ratio to that of the first
// server; as Markdown, for docs/performance.md.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { processTree, readCounters } from '../dist/src/compare/process-tree.js';
import { processCpuUs } from '../dist/src/net/sys/cpu-clock.js';
import { archbench, generators } from './generators.mjs';
import { measuredOn } from './machine.mjs';
import { readModes, startMode } from './modes.mjs';
import { nginxVersion, startNginx } from './nginx.mjs';
import { giveUp, readOptions, wholeNumber } from './options.mjs';
import { median, shuffled } from './rounds.mjs';

const options = readOptions({
  modes: undefined,
  paths: '/json,/work?io=5&bytes=1024,/cpu/200',
  connections: '1,64,500',
  rounds: '3',
  seconds: '3',
  load: spawnSync('wrk', ['-v']).error === undefined ? 'wrk' : 'archbench',
});
const rounds = wholeNumber('rounds', options.rounds);
const seconds = wholeNumber('seconds', options.seconds);
const crowds = options.connections.split(',').map((text) => wholeNumber('connections', text));
const paths = options.paths.split(',');
for (const path of paths) if (!path.startsWith('/')) giveUp(`--paths expects paths such as /json, found '${path}'`);
const modes = await readModes(options.modes, nginxVersion() === undefined ? [] : ['nginx']);
const load = options.load === 'archbench' ? archbench('auto') : generators.find(({ id }) => id === options.load);
if (load === undefined) giveUp(`--load expects wrk, archbench or another of npm run bench, found '${options.load}'`);
const folder = mkdtempSync(join(tmpdir(), 'archbench-servers-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

function usage(pid) {
  const { cpuUs, peakRssBytes } = readCounters(processTree(pid), { proc: '/proc', cpuUs: processCpuUs });
  return { cpuUs, peakRssBytes };
}

const run = promisify(execFile);

async function drive(url, connections, seconds) {
  const args = load.call({ url, connections, seconds, folder }).map(String);
  const { stdout } = await run(load.binary, args, { maxBuffer: 64 * 2 ** 20 });
  return load.read(stdout);
}

/** What is printed of a server: title, value of one measured run, digits. */
const columns = [
  ['requests/s', ({ rps }) => rps, 0],
  ['p99 ms', ({ p99Us }) => p99Us / 1000, 2],
  ['CPU µs/request', ({ cpuUs }) => cpuUs, 1],
  ['peak RSS MiB', ({ rssMiB }) => rssMiB, 0],
];

/** @param results the runs of each server, by its name */
function table(results) {
  const titles = ['server', ...columns.flatMap(([title]) => [title, 'ratio']), 'errors'];
  const rules = titles.map((_, i) => (i === 0 || i === titles.length - 1 ? '---' : '---:'));
  const [reference] = results.values();
  const rows = [...results].map(([server, runs]) => [
    server,
    ...columns.flatMap(([, of, digits]) => {
      const value = median(runs.map(of));
      const ratio = value / median(reference.map(of));
      return [value?.toFixed(digits) ?? '–', Number.isFinite(ratio) ? ratio.toFixed(2) : '–'];
    }),
    errorsOf(runs),
  ]);
  return [titles, rules, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function errorsOf(runs) {
  const answered = runs.some(({ rps }) => rps > 0);
  return runs.find(({ errors }) => errors !== undefined)?.errors ?? (answered ? '' : 'no answer in time');
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

async function measure(mode, path, connections) {
  const server = mode === 'nginx' ? await startNginx() : await startMode(mode);
  try {
    await drive(server.url + path, connections, 1);
    // Whoever has given up is served all the same, where it asked: those who are measured shall not wait behind it.
    await fetch(`${server.url}/json`);
    const before = usage(server.pid);
    const measured = await drive(server.url + path, connections, seconds);
    const after = usage(server.pid);
    return {
      ...measured,
      // Of no request there is none.
      cpuUs: measured.requests > 0 ? (after.cpuUs - before.cpuUs) / measured.requests : Number.NaN,
      rssMiB: after.peakRssBytes / 2 ** 20,
    };
  } finally {
    await server.close();
  }
}

const runs = paths.length * crowds.length * modes.length * rounds;
console.log(measuredOn(`under ${load.id}; medians of ${rounds} interleaved rounds of ${seconds} s`));
const minutes = Math.ceil((runs * (seconds + 2.5)) / 60);
console.error(`about ${minutes === 1 ? 'a minute' : `${minutes} minutes`}`);
for (const path of paths) {
  // It has no routes that wait or compute.
  const servers = modes.filter((mode) => mode !== 'nginx' || path === '/json');
  for (const connections of crowds) {
    const title = `\`${path}\`, ${connections} connection${connections === 1 ? '' : 's'}`;
    const results = new Map(servers.map((mode) => [mode, []]));
    for (let round = 1; round <= rounds; round++)
      for (const mode of shuffled(servers)) {
        progress(`${title}: round ${round} of ${rounds}, ${mode}`);
        results.get(mode).push(await measure(mode, path, connections));
      }
    progress('');
    console.log(`\n### ${title}\n\n${table(results)}`);
  }
}
