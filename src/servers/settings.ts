import { booleanSetting, readSettings, type Settings, type SettingValues } from '../core/settings.js';
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
  const values = readSettings(
    { ...commonSettings, ...architecture.settings },
    assignments.filter((assignment) => !isForApp(assignment)),
    `mode '${architecture.id}'`,
  );
  const own = valuesOf(architecture.settings, values);
  const app = assignments.filter(isForApp).map((assignment) => {
    const equals = assignment.indexOf('=');
    return [assignment.slice(appPrefix.length, equals), assignment.slice(equals + 1)] as const;
  });
  return {
    settings: architecture.derive?.(own) ?? own,
    limits: valuesOf(limitSettings, values),
    rehearse: values.rehearse,
    app: Object.fromEntries(app),
  };
}

/** Those of `values` that belong to `settings`. */
function valuesOf<S extends Settings>(settings: S, values: Readonly<Record<string, unknown>>): SettingValues<S> {
  return Object.fromEntries(Object.keys(settings).map((name) => [name, values[name]])) as SettingValues<S>;
}
