import type { CompareCandidate, FairnessLine } from '../core/results.js';

/**
 * What the candidates do not have in common, besides what they are: a comparison is fair when this list is short, or
 * when what is on it is what one wanted to compare.
 */
export function fairnessCard(
  candidates: readonly Pick<CompareCandidate, 'id' | 'settings' | 'transport'>[],
): FairnessLine[] {
  const settings = [...new Set(candidates.flatMap((candidate) => Object.keys(candidate.settings)))];
  const ownersOf = (setting: string): typeof candidates => candidates.filter((one) => setting in one.settings);
  const lines = settings
    .filter((setting) => ownersOf(setting).length > 1)
    .map((setting) => lineOf(setting, ownersOf(setting), (owner) => textOf(owner.settings[setting])));
  const ownSettings = candidates.filter((one) => Object.keys(one.settings).some((name) => ownersOf(name).length === 1));
  return [
    ...lines.filter(differs),
    ...(ownSettings.length === 0
      ? []
      : [
          lineOf('settings of its own', ownSettings, (owner) =>
            Object.entries(owner.settings)
              .filter(([name]) => ownersOf(name).length === 1)
              .map(([name, value]) => `${name}=${textOf(value)}`)
              .join(' '),
          ),
        ]),
    ...[lineOf('transport', candidates, ({ transport }) => transport)].filter(differs),
  ];
}

function lineOf<T extends { readonly id: string }>(
  what: string,
  candidates: readonly T[],
  valueOf: (candidate: T) => string,
): FairnessLine {
  const byValue = new Map<string, string[]>();
  for (const candidate of candidates) {
    const value = valueOf(candidate);
    byValue.set(value, [...(byValue.get(value) ?? []), candidate.id]);
  }
  return { what, values: [...byValue].map(([value, ids]) => ({ value, candidates: ids })) };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const differs = ({ values }: FairnessLine): boolean => values.length > 1;
