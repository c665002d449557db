// plans/sleep.yml on a cold server: the first 150 requests, all at once, each of which sleeps a second.
//
//   npm run build && node bench/sleep.mjs [--modes a,b:spareThreads=150] [--runs 10]
//
// Modes take turns, in random order. Printed: minimum, median and maximum over the runs, and in how many of them both
// limits were met, 145 requests/s and a p99 of 1028 ms; as Markdown, for docs/performance.md.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readModes } from './modes.mjs';
import { readOptions, wholeNumber } from './options.mjs';
import { shuffled } from './rounds.mjs';

const asynchronous = 'reactor,completion,poll,nonblocking,event-loop,node-http,pooled,cluster';
const options = readOptions({
  modes: `${asynchronous},cluster:scheduling=none,threaded:spareThreads=150`,
  runs: '10',
});
const modes = await readModes(options.modes);
const runs = wholeNumber('runs', options.runs);
const floor = { rps: 145, p99Us: 1_028_000 };
const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const plan = fileURLToPath(new URL('../plans/sleep.yml', import.meta.url));
const run = promisify(execFile);

const results = new Map(modes.map((mode) => [mode, []]));
for (let i = 0; i < runs; i++) {
  for (const mode of shuffled(modes)) {
    const [id, ...set] = mode.split(':');
    const settings = set.flatMap((one) => ['--set', one]);
    const { stdout } = await run(process.execPath, [
      main,
      'drill',
      plan,
      '--quiet',
      '--format',
      'json',
      '--mode',
      id,
      ...settings,
    ]);
    results.get(mode).push(JSON.parse(stdout).total);
  }
}

function spread(numbers, digits) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((one) => one.toFixed(digits)).join(' / ');
}

console.log('| mode | requests/s | p99 ms | both limits met |');
console.log('| --- | --- | --- | --- |');
for (const [mode, totals] of results) {
  const met = totals.filter(
    ({ rps, latency, failed }) => rps >= floor.rps && latency.p99Us <= floor.p99Us && failed === 0,
  );
  const rps = totals.map((total) => total.rps);
  const p99Ms = totals.map((total) => total.latency.p99Us / 1000);
  console.log(`| \`${mode}\` | ${spread(rps, 1)} | ${spread(p99Ms, 0)} | ${met.length} of ${totals.length} |`);
}
