import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearest } from '../../src/core/nearest.js';

describe('the nearest name', () => {
  const rows: readonly (readonly [given: string, known: readonly string[], meant: string | undefined])[] = [
    ['poled', ['pooled', 'poll'], 'pooled'],
    ['reac', ['reactor', 'reuseport'], 'reactor'],
    ['ulr', ['method', 'url'], 'url'],
    ['Tabel', ['csv', 'table'], 'table'],
    ['xyz', ['url', 'method'], undefined],
    ['a', [], undefined],
  ];
  for (const [given, known, meant] of rows)
    it(`to '${given}' among ${known.join(', ') || 'none'} is ${meant ?? 'none'}`, () =>
      assert.equal(nearest(given, known), meant));
});
