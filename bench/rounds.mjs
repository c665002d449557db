// Candidates take turns in rounds, so that a noisy minute hits all alike; what counts is the median.

export function shuffled(items) {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** The one in the middle, and of an even number the upper of the two; `undefined` where nothing was measured. */
export function median(numbers) {
  const sorted = numbers.filter((number) => Number.isFinite(number)).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
