const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** A curve in one character a value, from zero to the largest. */
export function sparkline(values: readonly number[]): string {
  const largest = Math.max(...values, 0);
  return values
    .map((value) => bars[largest === 0 ? 0 : Math.min(bars.length - 1, Math.floor((value / largest) * bars.length))])
    .join('');
}
