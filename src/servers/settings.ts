import { booleanSetting, readAssignments, readSettings, type Settings, type SettingValues } from '../core/settings.js';
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

/**
 * Reads `['workers=4', 'idleTimeout=5s', 'app.cells=500']`.
 * @throws {UserError} for a setting that neither the architecture nor every server has, a value that is none, or a
 * setting given twice
 */
export function readServerSettings(architecture: Architecture, assignments: readonly string[]): ServerSettings {
  const texts = [...readAssignments(assignments)];
  const values = readSettings(
    { ...commonSettings, ...architecture.settings },
    new Map(texts.filter(([name]) => !name.startsWith(appPrefix))),
    `mode '${architecture.id}'`,
    '; of an application: app.NAME',
  );
  const app = texts.flatMap(([name, text]) =>
    name.startsWith(appPrefix) ? [[name.slice(appPrefix.length), text] as const] : [],
  );
  const own = valuesOf(architecture.settings, values);
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
