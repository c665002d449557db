import type { CompareReport, FairnessLine, ServerCost } from '../../core/results.js';
import { formatCount, formatDurationUs } from '../../core/units.js';
import { absent } from './cells.js';
import { byRank } from './result-grid.js';
import { type Cell, type Grid, type Section, left, right } from './section.js';

/** What a request costs the server, and how near the server came to what its cost and the clients allow. */
export function costGrid(report: CompareReport): Grid[] {
  const candidates = byRank(report);
  if (candidates.every(({ cost, theory }) => cost === undefined && theory === undefined)) return [];
  return [
    {
      kind: 'grid',
      title: 'Cost/req',
      caption: 'What a request costs the server',
      columns: [
        left('mode'),
        right('user'),
        right('system'),
        right('switches'),
        right('r/w calls'),
        right('bound\nreq/s'),
        left('by'),
        right('reached'),
      ],
      rows: candidates.map(({ id, cost, theory }) => [
        { text: id },
        costCell(cost, (of) => formatShare(of.userUsPerRequest)),
        costCell(cost, (of) => formatShare(of.systemUsPerRequest)),
        costCell(cost, (of) => formatCount(of.voluntarySwitchesPerRequest + of.involuntarySwitchesPerRequest)),
        costCell(cost, (of) => (of.ioCallsPerRequest === undefined ? '–' : formatCount(of.ioCallsPerRequest))),
        theory === undefined ? absent : { text: formatCount(theory.boundRps) },
        { text: theory?.limit ?? '' },
        theory === undefined ? absent : { text: `${(theory.share * 100).toFixed(0)}%` },
      ]),
      notes: [
        'bound: min(clients / unloaded response time, cores / CPU time)',
        'r/w calls: read and write; the kernel does not count send and recv among them',
      ],
    },
  ];
}

/** The kernel splits time in hundredths of a second: none of them is little, and not nothing. */
const formatShare = (us: number): string => (us === 0 ? '~0 µs' : formatDurationUs(us));

function costCell(cost: ServerCost | undefined, text: (cost: ServerCost) => string): Cell {
  return cost === undefined ? absent : { text: text(cost) };
}

/** What the candidates do not have in common. */
export function fairnessSection(fairness: readonly FairnessLine[]): Section[] {
  if (fairness.length === 0) return [];
  const lines = fairness.map(
    ({ what, values }) =>
      `${what}: ${values.map(({ value, candidates }) => `${value} (${candidates.join(', ')})`).join('; ')}`,
  );
  return [{ kind: 'lines', title: 'What differs', lines }];
}
