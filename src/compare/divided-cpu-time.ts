import type { ServerCost } from '../core/results.js';

/**
 * The processor time of a request, divided as `userUs` and `systemUs` stand to each other. The kernel tells these two
 * apart in hundredths of a second only; where it has told neither yet, all is the user's.
 */
export function dividedCpuTime(
  cpuUsPerRequest: number,
  userUs: number,
  systemUs: number,
): Pick<ServerCost, 'cpuUsPerRequest' | 'userUsPerRequest' | 'systemUsPerRequest'> {
  const userShare = userUs + systemUs === 0 ? 1 : userUs / (userUs + systemUs);
  return {
    cpuUsPerRequest,
    userUsPerRequest: cpuUsPerRequest * userShare,
    systemUsPerRequest: cpuUsPerRequest * (1 - userShare),
  };
}
