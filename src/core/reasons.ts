/** Something that is said of somebody. */
export interface Said<T> {
  readonly text: string;
  readonly about: readonly T[];
}

/** `12`, `3.5`, `13.9 k`, as a bound already or not. */
const figure = /(?:up to )?(\d+(?:\.\d+)?)( [kM])?/g;
/** Before a figure that says how much of something there is. */
const amount = /^(?=\d)|(?<=\b(?:used|take) )(?=\d)/;
const isShare = /^(?:up to )?[\d.]+(?: [kM])? of \d/;
const factors = { ' k': 1e3, ' M': 1e6 } as const;

/**
 * Sentences that differ only in their figures, as one: that with the largest first figure (of `12 of 100` the largest
 * share), as a bound, said of all of them. `3.1 % of the time was lost` (a) and `14 % of the time was lost` (b) is
 * `up to 14 % of the time was lost` (a, b).
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
  const { text } = isWorse(other.text, one.text) ? other : one;
  return {
    text: one.text === other.text || text.includes('up to ') ? text : text.replace(amount, 'up to '),
    about: [...new Set([...one.about, ...other.about])],
  };
}

/** Whether one is worse than another of the same shape: by the share in `12 of 100`, else by its first figure. */
function isWorse(one: string, other: string): boolean {
  const [[first, share], [otherFirst, otherShare]] = [figuresOf(one), figuresOf(other)];
  return share === otherShare ? first > otherFirst : share > otherShare;
}

/** The first figure of a sentence, and the share where it says `12 of 100`. */
function figuresOf(text: string): readonly [first: number, share: number] {
  const [first = 0, second = 0] = [...text.matchAll(figure)].map(
    ([, digits, factor = '']) => Number(digits) * (factors[factor as keyof typeof factors] ?? 1),
  );
  return [first, isShare.test(text) ? first / second : 0];
}
