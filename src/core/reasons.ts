/** Something that is said of somebody. */
export interface Said<T> {
  readonly text: string;
  readonly about: readonly T[];
}

/** `12`, `3.5`, `13.9 k`, as a bound already or not. */
const figure = /(?:up to )?(\d+(?:\.\d+)?)( [kM])?/g;
const factors = { ' k': 1e3, ' M': 1e6 } as const;

/**
 * Sentences that differ only in their figures, as one: that with the largest first figure, as a bound, said of all of
 * them. `3.1 % of the time was lost` (a) and `14 % of the time was lost` (b) is `up to 14 % of the time was lost` (a, b).
 */
export function collapsed<T>(all: readonly Said<T>[]): Said<T>[] {
  const byShape = new Map<string, Said<T>>();
  for (const said of all) {
    const shape = said.text.replaceAll(figure, '#');
    const before = byShape.get(shape);
    byShape.set(shape, before === undefined ? said : joined(before, said));
  }
  return [...byShape.values()];
}

function joined<T>(one: Said<T>, other: Said<T>): Said<T> {
  const { text } = firstFigure(other.text) > firstFigure(one.text) ? other : one;
  return {
    text: one.text === other.text || text.includes('up to ') ? text : text.replace(/(?=\d)/, 'up to '),
    about: [...new Set([...one.about, ...other.about])],
  };
}

function firstFigure(text: string): number {
  const [first] = text.matchAll(figure);
  return Number(first?.[1] ?? 0) * (factors[(first?.[2] ?? '') as keyof typeof factors] ?? 1);
}
