import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseJson } from '../../src/drill/json.js';
import { Float, lookUp, render, toJson, type Value } from '../../src/drill/value.js';

describe('values', () => {
  it('print floats as drill does: shortest digits, always a point or an exponent', () => {
    const rows: [number, string][] = [
      [1, '1.0'],
      [-0, '-0.0'],
      [0, '0.0'],
      [1000, '1000.0'],
      [2.5, '2.5'],
      [0.1 + 0.2, '0.30000000000000004'],
      [1e15, '1000000000000000.0'],
      [123456789012345.6, '123456789012345.6'],
      [1e16, '1e+16'],
      [1.5e300, '1.5e+300'],
      [0.00001, '0.00001'],
      [0.000123, '0.000123'],
      [0.000001, '1e-6'],
      [-1.25e-7, '-1.25e-7'],
      [5e-324, '5e-324'],
      [Number.POSITIVE_INFINITY, ''],
    ];
    for (const [number, text] of rows) assert.equal(new Float(number).toString(), text);
  });

  it('print floats that read back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = new Float(number).toString();
        assert.ok(Object.is(Number(text), number), text);
        assert.match(text, /[.e]/);
      }),
    );
  });

  it('keep JSON as it is, whatever is in it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const value = parseJson(text);
        assert.notEqual(value, undefined);
        // Numbers may gain a point or lose an exponent's plus sign; the values are the same.
        assert.deepEqual(JSON.parse(toJson(value as Value)), JSON.parse(text));
      }),
    );
    for (const text of ['', '{', 'nope', '[1,]', '{"a":1} x', "{'a':1}"])
      assert.equal(parseJson(text), undefined, text);
    assert.equal(
      render(parseJson('{"b":1,"a":{"__proto__":2,"c":9007199254740993},"b":2}') as Value),
      '{"a":{"__proto__":2,"c":9007199254740993},"b":2}',
    );
  });

  it('are found by paths, own members only', () => {
    const value = parseJson('{"a":[{"b":1.0},null],"0":"zero","length":5}') as Value;
    const rows: [string[], string | undefined][] = [
      [['a', '0', 'b'], '1.0'],
      [['a', '1'], ''],
      [['a', '01'], undefined],
      [['a', '2'], undefined],
      [['a', 'length'], undefined],
      [['length'], '5'],
      [['0'], 'zero'],
      [['a', '0', 'b', 'c'], undefined],
      [['constructor'], undefined],
      [['__proto__'], undefined],
      [[], '{"0":"zero","a":[{"b":1.0},null],"length":5}'],
    ];
    for (const [path, text] of rows) {
      const found = lookUp(value, path);
      assert.equal(found === undefined ? undefined : render(found), text, path.join('.'));
    }
  });
});
