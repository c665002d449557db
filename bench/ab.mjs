// Does `compare` find a server that spends 5 % more processor time on a request, and nothing between equal ones?
//
//   npm run build && node bench/ab.mjs [runs=10] [more=5] [options of compare…]
//   node bench/ab.mjs 10 0 --max-time 30s        # equal servers: every slower or faster is a false alarm
//
// Both candidates are this file's own server; `head` repeats its computation, which is nearly all that a request
// costs, so much more often. Each run is a whole comparison of a minute.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { purpose } from './options.mjs';

const self = fileURLToPath(import.meta.url);
const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));

/** About 2 ms, thirty times what Node spends on reading and answering a request. */
const usualSteps = 2_000_000;

function serve(steps, port) {
  createServer((_request, response) => {
    let x = 1;
    for (let i = 0; i < steps; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
    response.setHeader('x-steps', x === 0 ? 1 : 2);
    response.end('{"message":"Hello, World!"}');
  }).listen(port, '127.0.0.1');
}

function compareOnce(folder, seed, percent, options) {
  const result = join(folder, 'result.json');
  const target = (name, steps) => ['--target', `${name}=${process.execPath} ${self} serve ${Math.round(steps)} {port}`];
  const { status, stderr } = spawnSync(
    process.execPath,
    [main, 'compare', join(folder, 'plan.yml'), '--seed', String(seed), '-o', result, ...options].concat(
      target('base', usualSteps),
      target('head', usualSteps * (1 + percent / 100)),
    ),
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`compare ended with ${status}: ${stderr}`);
  return JSON.parse(readFileSync(result, 'utf8'));
}

/** Standard deviation over rounds of log(head / base) of CPU time per request. */
function spread({ candidates: [base, head] }) {
  const logs = base.rounds.map(({ cost }, i) => Math.log(head.rounds[i].cost.cpuUsPerRequest / cost.cpuUsPerRequest));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1));
}

const percent = (value) => `${value.toFixed(1)} %`;

function run([runs = '10', more = '5', ...options]) {
  const folder = mkdtempSync(join(tmpdir(), 'archbench-ab-'));
  writeFileSync(
    join(folder, 'plan.yml'),
    'base: http://127.0.0.1\nconcurrency: 4\nduration: 500ms\nplan: [{ name: compute, request: { url: / } }]\n',
  );
  const tally = {};
  for (let number = 1; number <= Number(runs); number++) {
    const report = compareOnce(folder, number, Number(more), options);
    for (const { metric, verdict } of report.effects) {
      tally[metric] ??= { slower: 0, faster: 0, same: 0, inconclusive: 0 };
      tally[metric][verdict] += 1;
    }
    const cpu = report.effects.find(({ metric }) => metric === 'cpu');
    console.log(
      `run ${number}: cpu ${cpu.verdict} ${percent(cpu.percent)} (${percent(cpu.lowPercent)} .. ${percent(cpu.highPercent)}),`,
      `p ${cpu.adjustedP.toFixed(4)}, ${report.rounds} rounds spread by ${percent(spread(report) * 100)},`,
      `${(report.elapsedMs / 1000).toFixed(0)} s`,
    );
  }
  rmSync(folder, { recursive: true });
  console.table(tally);
}

const [first, ...others] = process.argv.slice(2);
if (first === 'serve') serve(...others.map(Number));
else if (first === '--help') console.log(purpose());
else run(process.argv.slice(2));
