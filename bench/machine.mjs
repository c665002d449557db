// What was measured when, and on what: the first line of a table of numbers.
import os from 'node:os';

/** @param how against what, and how often, as `medians of 3 rounds` */
export function measuredOn(how) {
  const cpu = os.cpus()[0]?.model.trim() || 'unknown processor';
  const today = new Date().toISOString().slice(0, 10);
  return `Measured ${today} on ${cpu}, ${os.availableParallelism()} processors, Linux ${os.release()}, Node ${process.version}, ${how}.`;
}
