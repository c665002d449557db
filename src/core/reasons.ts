/** Something that is said of somebody. */
export interface Said<T> {
  readonly text: string;
  readonly about: readonly T[];
}

const number = /\d+(?:\.\d+)?/g;

/**
 * Sentences that differ only in their figures, as one: that with the largest first figure, said of all of them.
 * `3.1 % of the time was lost` (a) and `14 % of the time was lost` (b) is `14 % of the time was lost` (a, b).
 */
export function collapsed<T>(all: readonly Said<T>[]): Said<T>[] {
  const byShape = new Map<string, Said<T>>();
  for (const said of all) {
    const shape = said.text.replaceAll(number, '#');
    const before = byShape.get(shape);
    const worse = before === undefined || firstNumber(said.text) > firstNumber(before.text);
    byShape.set(shape, {
      text: worse ? said.text : before.text,
      about: [...new Set([...(before?.about ?? []), ...said.about])],
    });
  }
  return [...byShape.values()];
}

function firstNumber(text: string): number {
  return Number(text.match(number)?.[0] ?? 0);
}
