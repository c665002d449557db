import { closest, distance } from 'fastest-levenshtein';

/**
 * The name among `known` that `name` was probably meant to be, or `undefined` when none is near
 * (more than a third of the letters differ, and not by their order alone).
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const wanted = name.toLowerCase();
  const prefixed = known.filter((candidate) => wanted.length >= 3 && candidate.toLowerCase().startsWith(wanted));
  if (prefixed.length === 1) return prefixed[0];
  const best = closest(wanted, [...known]);
  if (distance(wanted, best.toLowerCase()) <= Math.max(1, Math.floor(best.length / 3))) return best;
  return known.find((candidate) => lettersOf(candidate) === lettersOf(name));
}

function lettersOf(name: string): string {
  return name.toLowerCase().split('').toSorted().join('');
}
