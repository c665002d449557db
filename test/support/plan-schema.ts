import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toJsonSchema, type JsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { vocabulary } from '../../src/drill/plan/load.js';
import { settingEntries } from '../../src/drill/plan/settings.js';
import { commonEntries } from '../../src/drill/plan/step-compiler.js';

// The JSON Schema of plans, made from the very validators that read them. `npm run schema` writes it; a test
// says when it is out of date.

const shipped = fileURLToPath(new URL('../../../schema/plan.schema.json', import.meta.url));

export function shippedPlanSchema(): string {
  return readFileSync(shipped, 'utf8');
}

/** What JSON Schema has no word for: integers beyond doubles, numbers kept as written, values that plans may choose. */
function convert(entries: v.ObjectEntries): JsonSchema {
  return toJsonSchema(v.object(entries), {
    typeMode: 'input',
    target: 'draft-07',
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema }) => {
      switch (valibotSchema.type) {
        case 'bigint':
          return { type: 'integer' };
        case 'instance':
          return { type: 'number' };
        case 'custom':
          return {};
        default:
          return undefined;
      }
    },
  });
}

function withoutDialect(schema: JsonSchema): JsonSchema {
  const { $schema: _dialect, ...rest } = schema;
  return rest;
}

export async function planSchema(): Promise<string> {
  const { actions, expanders, checks } = await vocabulary();
  const repeating = expanders.filter(({ repeatsAction }) => repeatsAction);
  const replacing = expanders.filter(({ repeatsAction }) => !repeatsAction);
  const itemEntries = Object.fromEntries(repeating.flatMap(({ entries }) => Object.entries(entries)));
  const check = Object.fromEntries([...checks.values()].map(({ id, schema }) => [id, v.optional(schema)]));
  const steps = actions.map(({ id, entries, repeats }): readonly [string, JsonSchema] => {
    const checkEntries = 'check' in entries ? { check: v.optional(v.array(v.strictObject(check))) } : {};
    const keys: v.ObjectEntries = { ...commonEntries, ...(repeats ? itemEntries : {}), ...entries, ...checkEntries };
    return [id, withoutDialect(convert(keys))];
  });
  const includes = replacing.map(({ id, entries }): readonly [string, JsonSchema] => {
    const schema = withoutDialect(
      convert({ ...entries, name: v.optional(commonEntries.name), tags: commonEntries.tags }),
    );
    return [id, { ...schema, required: [id] }];
  });
  const kinds = [...includes, ...steps];
  const settings = withoutDialect(convert(settingEntries));
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'archbench plan',
    description:
      'What archbench drill sends to a server: the format of the load tester drill, and what archbench adds.',
    ...settings,
    properties: {
      ...settings.properties,
      plan: {
        description: 'The steps of an iteration, in order.',
        type: 'array',
        items: { $ref: '#/definitions/step' },
      },
    },
    required: ['plan'],
    definitions: {
      step: { anyOf: kinds.map(([id]) => ({ $ref: `#/definitions/${id}` })) },
      ...Object.fromEntries(kinds),
    },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** Writes it to where it is shipped from. */
export async function writePlanSchema(): Promise<void> {
  writeFileSync(shipped, await planSchema());
}
