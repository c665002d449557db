import { readFileSync } from 'node:fs';
import { UserError } from '../core/errors.js';

/** Descriptors that a Node process has open before it does anything. */
const ownDescriptors = 40;

/**
 * Makes sure, before anything starts, that so many connections can be had at all.
 * @param certain whether there will be that many, or just may be
 * @returns what may run short
 * @throws {UserError} when it is certain to fail
 */
export function checkLimits(connections: number, certain: boolean): readonly string[] {
  const descriptors = openFilesLimit();
  if (descriptors !== undefined && connections + ownDescriptors > descriptors) {
    const message = `${connections} connections need ${connections + ownDescriptors} descriptors, and a process may have ${descriptors}`;
    if (certain) throw new UserError(message, { hint: `ulimit -n ${connections + 1024}`, exitCode: 1 });
    return [message];
  }
  const ports = ephemeralPorts();
  if (ports !== undefined && connections > ports * 0.9)
    return [`${connections} connections to one address need more than the ${ports} local ports there are`];
  return [];
}

/** The soft limit; Node raises it to the hard one when it starts. */
function openFilesLimit(): number | undefined {
  const found = /^Max open files\s+(\d+)/m.exec(readOr('/proc/self/limits'));
  return found === null ? undefined : Number(found[1]);
}

function ephemeralPorts(): number | undefined {
  const [low, high] = readOr('/proc/sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).map(Number);
  return low === undefined || high === undefined || Number.isNaN(high) ? undefined : high - low + 1;
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
