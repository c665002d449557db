import type { ThresholdResult } from '../../core/results.js';
import { type Grid, left, right } from './section.js';

/** Each condition with what was measured; nothing when the plan has none. */
export function thresholdGrid(thresholds: readonly ThresholdResult[]): Grid[] {
  if (thresholds.length === 0) return [];
  return [
    {
      kind: 'grid',
      title: 'Thresholds',
      columns: [left('threshold'), right('measured'), left('verdict')],
      rows: thresholds.map(({ text, shown, met }) => [
        { text },
        { text: shown },
        met ? { text: 'met', mark: 'better' } : { text: 'NOT MET', mark: 'bad' },
      ]),
      notes: [],
    },
  ];
}
