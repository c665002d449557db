// The load generators that can be compared: how each is called for a time, and what it says afterwards.
// A result is { requests, rps, p50Us?, p99Us?, errors? }; what a tool does not tell stays away.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));

const usPer = { us: 1, µs: 1, ms: 1e3, s: 1e6, m: 60e6 };

/** `1.25ms` in microseconds. */
function toUs(text) {
  const [, number, unit] = /^([\d.]+)\s*(us|µs|ms|s|m)$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(number) * usPer[unit];
}

function number(pattern, text) {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? Number.NaN : Number(found.replaceAll(',', ''));
}

/** archbench with one transport, and a plan as people write it: one step, or one with values, headers and an assert. */
export function archbench(transport, demanding = false) {
  return {
    id: demanding ? `archbench ${transport}, demanding plan` : `archbench ${transport}`,
    binary: process.execPath,
    call: ({ url, connections, seconds, folder }) => {
      const { origin, pathname } = new URL(url);
      const request = demanding
        ? {
            url: `${pathname}?user={{ iteration }}`,
            headers: { 'x-run': 'run-{{ iteration }}', accept: 'application/json' },
          }
        : { url: pathname };
      const steps = [{ name: 'get', request, ...(demanding ? { assign: 'answer' } : {}) }];
      if (demanding) steps.push({ name: 'check', assert: { key: 'answer.status', value: 200 } });
      const plan = join(folder, `${demanding ? 'demanding' : 'plain'}.yml`);
      writeFileSync(
        plan,
        JSON.stringify({ base: origin, concurrency: connections, duration: `${seconds}s`, plan: steps }),
      );
      return [cli, 'drill', plan, '--transport', transport, '--format', 'json'];
    },
    read: (output) => {
      const { total } = JSON.parse(output);
      const { requests, rps, failed, latency } = total;
      const errors = failed > 0 ? `${failed} failed` : undefined;
      return { requests, rps, p50Us: latency.p50Us, p99Us: latency.p99Us, errors };
    },
  };
}

export const generators = [
  {
    id: 'wrk',
    binary: 'wrk',
    call: ({ url, connections, seconds }) => [
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--timeout=10s',
      '--latency',
      url,
    ],
    read: (output) => ({
      requests: number(/(\d+) requests in/, output),
      rps: number(/Requests\/sec:\s*([\d.]+)/, output),
      p50Us: toUs(/^\s+50%\s+(\S+)/m.exec(output)?.[1] ?? ''),
      p99Us: toUs(/^\s+99%\s+(\S+)/m.exec(output)?.[1] ?? ''),
      errors: /Socket errors:.*|Non-2xx.*/.exec(output)?.[0],
    }),
  },
  archbench('uring'),
  archbench('epoll'),
  archbench('undici'),
  archbench('auto', true),
  {
    id: 'oha',
    binary: 'oha',
    call: ({ url, connections, seconds }) => [
      '--no-tui',
      '-z',
      `${seconds}s`,
      '-c',
      connections,
      '--output-format',
      'json',
      url,
    ],
    read: (output) => {
      const { summary, latencyPercentiles, statusCodeDistribution } = JSON.parse(output);
      const requests = Object.values(statusCodeDistribution).reduce((sum, count) => sum + count, 0);
      return {
        requests,
        rps: summary.requestsPerSec,
        p50Us: latencyPercentiles.p50 * 1e6,
        p99Us: latencyPercentiles.p99 * 1e6,
      };
    },
  },
  {
    id: 'hey',
    binary: 'hey',
    call: ({ url, connections, seconds }) => ['-z', `${seconds}s`, '-c', connections, url],
    read: (output) => ({
      requests: number(/\[200\]\s+(\d+) responses/, output),
      rps: number(/Requests\/sec:\s*([\d.]+)/, output),
      p50Us: number(/50%+ in ([\d.]+) secs/, output) * 1e6,
      p99Us: number(/99%+ in ([\d.]+) secs/, output) * 1e6,
    }),
  },
  {
    id: 'ab',
    binary: 'ab',
    call: ({ url, connections, seconds }) => ['-q', '-k', '-t', seconds, '-n', 50_000_000, '-c', connections, url],
    read: (output) => ({
      requests: number(/Complete requests:\s+(\d+)/, output),
      rps: number(/Requests per second:\s+([\d.]+)/, output),
      p50Us: number(/\n\s+50%\s+(\d+)/, output) * 1e3,
      p99Us: number(/\n\s+99%\s+(\d+)/, output) * 1e3,
    }),
  },
  {
    id: 'k6',
    binary: 'k6',
    call: ({ url, connections, seconds, folder }) => {
      const script = join(folder, 'k6.js');
      writeFileSync(script, `import http from 'k6/http'; export default () => http.get('${url}');`);
      return [
        'run',
        '--quiet',
        '--vus',
        connections,
        '--duration',
        `${seconds}s`,
        '--summary-trend-stats',
        'p(50),p(99)',
        script,
      ];
    },
    read: (output) => ({
      requests: number(/http_reqs[.]*:\s+(\d+)/, output),
      rps: number(/http_reqs[.]*:\s+\d+\s+([\d.]+)\/s/, output),
      p50Us: toUs(/http_req_duration[.]*:.*p\(50\)=(\S+)/.exec(output)?.[1] ?? ''),
      p99Us: toUs(/http_req_duration[.]*:.*p\(99\)=(\S+)/.exec(output)?.[1] ?? ''),
    }),
  },
  {
    id: 'vegeta',
    binary: 'vegeta',
    shell: true,
    call: ({ url, connections, seconds }) => [
      `echo "GET ${url}" | vegeta attack -rate=0 -max-workers=${connections} -duration=${seconds}s | vegeta report -type=json`,
    ],
    read: (output) => {
      const { requests, throughput, latencies } = JSON.parse(output);
      return { requests, rps: throughput, p50Us: latencies['50th'] / 1e3, p99Us: latencies['99th'] / 1e3 };
    },
  },
  {
    id: 'drill',
    binary: 'drill',
    // drill knows no duration: as many iterations as it is likely to manage.
    call: ({ url, connections, seconds, folder }) => {
      const { origin, pathname } = new URL(url);
      const plan = join(folder, 'drill.yml');
      const iterations = seconds * (connections === 1 ? 4000 : 15_000);
      writeFileSync(
        plan,
        JSON.stringify({
          base: origin,
          concurrency: connections,
          iterations,
          plan: [{ name: 'get', request: { url: pathname } }],
        }),
      );
      return ['--benchmark', plan, '--stats', '--quiet'];
    },
    read: (output) => ({
      requests: number(/^Total requests\s+(\d+)/m, output),
      rps: number(/Requests per second\s+([\d.]+)/, output),
    }),
  },
  {
    id: 'autocannon',
    binary: 'autocannon',
    call: ({ url, connections, seconds }) => ['-j', '-n', '-c', connections, '-d', seconds, url],
    read: (output) => {
      const { requests, latency } = JSON.parse(output);
      return { requests: requests.total, rps: requests.average, p50Us: latency.p50 * 1e3, p99Us: latency.p99 * 1e3 };
    },
  },
];
