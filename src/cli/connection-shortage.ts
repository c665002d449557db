import type { Architecture } from '../servers/architecture.js';
import { readServerSettings } from '../servers/settings.js';

/**
 * Why the calls of a plan would wait for ever for a server with these settings, in one clause; `undefined` when they are
 * answered.
 * @param held how many connections of frames the plan holds at once
 */
export function connectionShortage(
  architecture: Architecture,
  set: readonly string[],
  held: number,
): string | undefined {
  const atOnce = architecture.connectionsAtOnce?.(readServerSettings(architecture, set).settings);
  if (atOnce === undefined || held <= atOnce) return undefined;
  const certain = `${atOnce} ${atOnce === 1 ? 'is' : 'are'} certain to be served at once`;
  return `a connection of frames keeps its thread: ${certain}, and the plan's calls hold ${held}`;
}
