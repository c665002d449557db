// plans/sleep.yml on a cold server: the first 150 requests, all at once, each of which sleeps a second.
//
//   npm run build && node bench/sleep.mjs [--modes a,b:spareThreads=150] [--runs 10]
//
// Modes take turns, in random order. Printed: minimum, median and maximum over the runs, and in how many of them both
// limits were met, 145 requests/s and a p99 of 1028 ms; as Markdown, for docs/performance.md.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const asynchronous = 'reactor,completion,poll,nonblocking,event-loop,node-http,pooled,cluster';
const { values } = parseArgs({
  options: {
    modes: { type: 'string', default: `${asynchronous},cluster:scheduling=none,threaded:spareThreads=150` },
    runs: { type: 'string', default: '10' },
  },
});
const modes = values.modes.split(',');
const floor = { rps: 145, p99Us: 1_028_000 };
const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const plan = fileURLToPath(new URL('../plans/sleep.yml', import.meta.url));
const run = promisify(execFile);

const results = new Map(modes.map((mode) => [mode, []]));
for (let i = 0; i < Number(values.runs); i++) {
  for (const mode of modes.toSorted(() => Math.random() - 0.5)) {
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
