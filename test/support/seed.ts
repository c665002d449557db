/** The seed of this run: ARCHBENCH_SEED repeats an earlier one. */
export const seed = Number(process.env['ARCHBENCH_SEED'] ?? Date.now() % 1e9);
