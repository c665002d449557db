import { booleanSetting, readSettings } from '../core/settings.js';
import type { Architecture } from './architecture.js';
import { type Limits, limitSettings } from './limits.js';

/** All that `--set` can say to a server, read and checked. */
export interface ServerSettings {
  /** The architecture's own. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly limits: Limits;
  /** Whether it serves clients of its own before it is ready. */
  readonly rehearse: boolean;
  /** What the user's application gets: `--set app.cells=500` is `{ cells: '500' }`. */
  readonly app: Readonly<Record<string, string>>;
}

/** What `--set` can say to every server. */
export const commonSettings = {
  ...limitSettings,
  rehearse: booleanSetting('serve clients of its own before it is ready, so that yours meet compiled code', true),
};

const appPrefix = 'app.';

function isForApp(assignment: string): boolean {
  return assignment.startsWith(appPrefix) && assignment.includes('=');
}

/**
 * Reads `['workers=4', 'idleTimeout=5s', 'app.cells=500']`.
 * @throws {UserError} for a setting that neither the architecture nor every server has, or a value that is none
 */
export function readServerSettings(architecture: Architecture, assignments: readonly string[]): ServerSettings {
  const { rehearse, ...limits } = readSettings(
    { ...commonSettings, ...architecture.settings },
    assignments.filter((assignment) => !isForApp(assignment)),
    `mode '${architecture.id}'`,
  );
  const values: Readonly<Record<string, unknown>> = limits;
  const own = Object.fromEntries(Object.keys(architecture.settings).map((name) => [name, values[name]]));
  const app = assignments.filter(isForApp).map((assignment) => {
    const equals = assignment.indexOf('=');
    return [assignment.slice(appPrefix.length, equals), assignment.slice(equals + 1)] as const;
  });
  return { settings: architecture.derive?.(own) ?? own, limits, rehearse, app: Object.fromEntries(app) };
}
