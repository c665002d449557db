// archbench beside the load generators found on PATH, against one server, interleaved:
//
//   npm run bench [-- --seconds 5 --rounds 3 --connections 1,64,500 --only wrk,archbench]
//
// Rewrites the table in docs/performance.md. Processor time is that of the whole process, start included.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { generators } from './generators.mjs';
import { measuredOn } from './machine.mjs';
import { giveUp, readOptions, wholeNumber } from './options.mjs';
import { median } from './rounds.mjs';
import { startTarget } from './target.mjs';

const options = readOptions({ seconds: '5', rounds: '3', connections: '1,64,500', only: '' });
const seconds = wholeNumber('seconds', options.seconds);
const rounds = wholeNumber('rounds', options.rounds);
const crowds = options.connections.split(',').map((text) => wholeNumber('connections', text));
const wanted = options.only.split(',').filter((text) => text !== '');

function isThere({ binary }) {
  const found = spawnSync(binary, ['--version'], { stdio: 'ignore' });
  return found.error === undefined;
}

/** Processor time of all children that have ended, in microseconds: utime and stime of the waited-for. */
function childrenCpuUs() {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticksPerSecond = 100;
  return ((Number(fields[13]) + Number(fields[14])) / ticksPerSecond) * 1e6;
}

async function measure(generator, context) {
  const before = childrenCpuUs();
  const args = generator.call(context).map(String);
  const child = generator.shell
    ? spawn('sh', ['-c', ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
    : spawn(generator.binary, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  await once(child, 'close');
  const result = generator.read(output);
  if (!(result.requests > 0)) throw new Error(`${generator.id} did not work`);
  return { ...result, cpuUs: (childrenCpuUs() - before) / result.requests };
}

const format = (value, digits = 0) =>
  value === undefined ? '–' : value.toLocaleString('en', { maximumFractionDigits: digits });

function table(connections, results) {
  const of = (id, key) => median(results.get(id).map((result) => result[key]));
  const ratio = (id, key) => {
    const base = results.has('wrk') ? of('wrk', key) : undefined;
    return base === undefined ? undefined : of(id, key) / base;
  };
  const rows = [...results.keys()].map((id) =>
    [
      id,
      format(of(id, 'rps')),
      format(ratio(id, 'rps'), 2),
      format(of(id, 'cpuUs'), 1),
      format(ratio(id, 'cpuUs'), 2),
      format(of(id, 'p50Us')),
      format(of(id, 'p99Us')),
    ].join(' | '),
  );
  return [
    `#### ${connections} connection${connections === 1 ? '' : 's'}`,
    '',
    '| generator | requests/s | × wrk | CPU µs/request | × wrk | p50 µs | p99 µs |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n');
}

const found = generators.filter(
  (one) => (wanted.length === 0 || wanted.some((id) => one.id.startsWith(id))) && isThere(one),
);
if (found.length === 0)
  giveUp(`--only ${options.only}: no such generator here; known: ${generators.map(({ id }) => id).join(', ')}`);
const folder = mkdtempSync(join(os.tmpdir(), 'archbench-peers-'));
const target = await startTarget();
const sections = [];
try {
  for (const connections of crowds) {
    const results = new Map(found.map(({ id }) => [id, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const generator of found) {
        try {
          const result = await measure(generator, { url: target.url, connections, seconds, folder });
          results.get(generator.id).push(result);
          console.error(
            `${connections} connections, round ${round + 1}: ${generator.id} ${format(result.rps)}/s, ${format(result.cpuUs, 1)} µs`,
          );
        } catch (error) {
          console.error(`${connections} connections: ${error.message}`);
        }
      }
    }
    for (const [id, list] of results) if (list.length === 0) results.delete(id);
    sections.push(table(connections, results));
  }
} finally {
  await target.close();
  rmSync(folder, { recursive: true });
}

const text = [
  measuredOn(`against ${target.name}; medians of ${rounds} interleaved rounds of ${seconds} s`),
  `Command: \`npm run bench -- ${process.argv.slice(2).join(' ')}\``.replace(' -- `', '`'),
  '',
  ...sections,
].join('\n');
const page = new URL('../docs/performance.md', import.meta.url);
const [head, rest] = readFileSync(page, 'utf8').split('<!-- bench -->\n');
const tail = rest.split('<!-- /bench -->')[1];
writeFileSync(page, `${head}<!-- bench -->\n${text}\n<!-- /bench -->${tail}`);
console.log(text);
