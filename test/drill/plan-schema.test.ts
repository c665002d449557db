import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { planSchema, shippedPlanSchema } from '../support/plan-schema.js';

const validate = new Ajv({ allErrors: true }).compile(JSON.parse(shippedPlanSchema()) as object);

describe('schema/plan.schema.json', () => {
  it('is what the validators say (npm run schema writes it anew)', async () => {
    assert.equal(shippedPlanSchema(), await planSchema());
  });

  it('accepts every plan that is shipped', () => {
    const folder = fileURLToPath(new URL('../../../plans/', import.meta.url));
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.yml')))
      assert.equal(
        validate(parse(readFileSync(`${folder}${file}`, 'utf8'))),
        true,
        `${file}: ${JSON.stringify(validate.errors)}`,
      );
  });

  it('accepts every kind of step and refuses wrong ones', () => {
    const right = [
      { name: 'a', request: { url: '/', method: 'POST', body: { hex: '00ff' }, headers: { a: 'b' } }, assign: 'r' },
      { name: 1, request: { url: '/' }, with_items: [1, { a: 1.5 }], shuffle: true, pick: 1 },
      { name: 'b', request: { url: '/' }, with_items_range: { start: 0, stop: 5 }, mode: 'slice' },
      { name: 'c', request: { url: '/' }, check: [{ status: '2xx' }, { json: { path: 'a.b', equals: 1 } }] },
      { name: 'd', delay: { seconds: 1 } },
      { name: 'e', exec: { command: 'date' }, assign: 'now' },
      { include: 'other.yml' },
    ];
    assert.equal(
      validate({ base: 'http://h', iterations: '{{ N }}', plan: right }),
      true,
      JSON.stringify(validate.errors),
    );
    const wrong = [
      { name: 'a', request: { method: 'GET' } },
      { name: 'a', request: { url: '/', headers: { a: 1 } } },
      { name: 'a', delay: { seconds: 1.5 } },
      { name: 'a', assert: { key: 'x' } },
      { request: { url: '/' } },
      { name: 'a', request: { url: '/' }, check: [{ duration: { below: 5 } }] },
      { name: 'a', request: { url: '/', method: 'BREW' } },
      { name: 'a', request: { url: '/', method: 'post' } },
      { name: 'a', request: { url: '/', method: 'PUT', body: { hex: '0 0' } } },
      { name: 'a', request: { url: '/', timeout: 'soon' } },
      { name: 'a', request: { url: '/' }, check: [{ statsu: 1 }] },
      { name: 'a', request: { url: '/' }, check: [{ duration: { below: 'fast' } }] },
      { name: 'a', request: { url: '/' }, with_items: [1], pick: -1 },
      'text',
    ];
    for (const step of wrong) assert.equal(validate({ plan: [step] }), false, JSON.stringify(step));
    assert.equal(validate({ base: 'http://h' }), false);
    const settings = [
      { timeout: 'soon' },
      { duration: 'soon' },
      { rate: 'fast' },
      { iterations: 0 },
      { thresholds: ['errs < 1%'] },
    ];
    for (const setting of settings) assert.equal(validate({ ...setting, plan: right }), false, JSON.stringify(setting));
    const loaded = { timeout: '1.5s', duration: '2m', rate: '1.5k/s', thresholds: ["step 'a' p99.9 < 5ms"] };
    assert.equal(validate({ ...loaded, plan: right }), true, JSON.stringify(validate.errors));
  });
});
