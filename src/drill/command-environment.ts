import type { Iteration } from './iteration.js';
import { LazyValue, lookUp, render, type Value } from './value.js';

/**
 * The variables that a command asks for by names such as `$ARCHBENCH_FOO_BODY`: the safe way to hand it values
 * that a server chose.
 *
 *     ARCHBENCH_FOO               {{ foo }}
 *     ARCHBENCH_FOO_BODY          {{ foo.body }}
 *     ARCHBENCH_FOO_BODY_USER_ID  {{ foo.body.user_id }}, or {{ foo.body.user.id }}
 *
 * @param settable names of the plan's variables
 */
export function variablesForCommand(
  command: string,
  settable: ReadonlySet<string>,
): (iteration: Iteration) => Record<string, string> {
  const names = [...new Set(command.match(/ARCHBENCH_[A-Z0-9_]+/g))];
  return (iteration) => {
    const found: Record<string, string> = {};
    for (const name of names) {
      const value = resolve(name.slice('ARCHBENCH_'.length), settable, (root) => iteration.lookUp(root, []));
      if (value !== undefined) found[name] = render(value);
    }
    return found;
  };
}

/** A name as it would be written in an environment: `user-id` is USER_ID. */
function shellName(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

/** The value whose path spells `name` when its steps are joined by underscores. */
function resolve(name: string, keys: Iterable<string>, get: (key: string) => Value | undefined): Value | undefined {
  for (const key of keys) {
    const spelt = shellName(key);
    if (name !== spelt && !name.startsWith(`${spelt}_`)) continue;
    const value = get(key);
    if (value === undefined) continue;
    if (name === spelt) return value;
    const inner = resolve(name.slice(spelt.length + 1), keysOf(value), (member) => lookUp(value, [member]));
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function keysOf(value: Value): readonly string[] {
  const whole = value instanceof LazyValue ? value.resolve() : value;
  return typeof whole === 'object' && whole !== null ? Object.keys(whole) : [];
}
