// Every architecture and nginx under the same load, taking turns, so that a noisy minute hits all alike.
//
//   npm run bench:servers -- [--modes a,b] [--paths /json,/cpu/200] [--connections 1,64] [--rounds 3] [--seconds 3] [--load wrk]
//
// The load is wrk (one thread) where it is installed, else archbench hit. Printed per path and number of connections: the
// medians over the rounds of requests/s, p99, CPU time per request and peak RSS, each with its ratio to that of the first
// server; as Markdown, for docs/performance.md.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readModes, startMode } from './modes.mjs';
import { nginxVersion, startNginx } from './nginx.mjs';
import { giveUp, readOptions, wholeNumber } from './options.mjs';
import { processTree, residentBytes } from './process-tree.mjs';
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
const loads = { wrk, archbench };
if (!Object.hasOwn(loads, options.load))
  giveUp(`--load expects ${Object.keys(loads).join(' or ')}, found '${options.load}'`);
const drive = loads[options.load];

function usage(pid) {
  let cpuUs = 0;
  let rssBytes = 0;
  for (const member of processTree(pid)) {
    const stat = readFileSync(`/proc/${member}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    cpuUs += (Number(fields[11]) + Number(fields[12])) * 10_000;
    rssBytes += residentBytes(member, 'VmHWM');
  }
  return { cpuUs, rssBytes };
}

const run = promisify(execFile);

async function archbench(url, connections, duration) {
  const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
  const options = ['-c', String(connections), '-d', `${duration}s`, '--format', 'json'];
  const { stdout } = await run(process.execPath, [main, 'hit', url, ...options], { maxBuffer: 64 * 2 ** 20 });
  const { rps, requests, failed, latency } = JSON.parse(stdout).total;
  return { rps, requests, p99Us: latency.p99Us, errors: failed > 0 ? `${failed} failed` : undefined };
}

const microseconds = { us: 1, ms: 1000, s: 1e6, m: 60e6 };

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
    const before = usage(server.pid);
    const measured = await drive(server.url + path, connections, seconds);
    const after = usage(server.pid);
    return {
      ...measured,
      // Of no request there is none.
      cpuUs: measured.requests > 0 ? (after.cpuUs - before.cpuUs) / measured.requests : Number.NaN,
      rssMiB: after.rssBytes / 2 ** 20,
    };
  } finally {
    await server.close();
  }
}

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
