/** More than any generator can start: a schedule of that many would take longer to walk through than to keep. */
export const maxRatePerSecond = 1_000_000;

/** More than one address has ports for many times over; each costs memory whether it has a connection or not. */
export const maxConcurrency = 1_000_000;
