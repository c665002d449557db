/** Rounds of the hash below that take about one microsecond on a current core (4 cycles each). */
const roundsPerUnit = 900;

/**
 * A fixed amount of computation: `units` times about one microsecond, always the same work, and a
 * result that depends on all of it, so that no compiler can leave any of it out.
 * FNV-1a (Fowler, Noll, Vo), each round waiting for the one before.
 */
export function burn(units: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let unit = 0; unit < units; unit++) {
    for (let round = 0; round < roundsPerUnit; round++) hash = Math.imul(hash ^ round, 0x01000193);
  }
  return hash >>> 0;
}
