import { Counters } from '../../../src/servers/counters.js';
import { defaultLimits } from '../../../src/servers/limits.js';
import { Phase } from '../../../src/servers/phase.js';
import { openService, type Service } from '../../../src/servers/service.js';

/** A service of the built-in workload, with counters and a phase of its own. */
export function someService(onLog: (message: string) => void = () => undefined): Promise<Service> {
  return openService(
    {
      architecture: 'reactor',
      settings: {},
      limits: defaultLimits(),
      rehearse: true,
      protocol: 'http',
      app: undefined,
      counters: Counters.allocate().memory,
      phase: new Phase().memory,
    },
    0,
    (_level, message) => onLog(message),
  );
}
