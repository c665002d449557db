import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CsvReader } from '../../../src/drill/data/csv-reader.js';

function rows(text: string, quote = '"'): string[][] {
  const reader = new CsvReader(Buffer.from(text), quote.charCodeAt(0));
  const all: string[][] = [];
  for (let row: string[] = []; reader.next(row) > 0; row = []) all.push(row);
  return all;
}

// Each expectation is what drill 0.9.1 sent for such a file.
const examples: readonly (readonly [what: string, text: string, expected: readonly (readonly string[])[]])[] = [
  ['fields as they stand, spaces too', 'a, b ,\n', [['a', ' b ', '']]],
  [
    'no line end at the end',
    'a,b\nc,d',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['a comma at the end', 'a,', [['a', '']]],
  ['LF, CR LF and CR', 'a\r\nb\nc\rd', [['a'], ['b'], ['c'], ['d']]],
  ['empty lines, which are no rows', '\n\na\n\r\n\r\n  \n', [['a'], ['  ']]],
  ['commas, line ends and doubled quotes in quotes', '"a,b","c\nd","e""f"\n', [['a,b', 'c\nd', 'e"f']]],
  ['quotes in the middle of a field', 'x"y"z, "s"\n', [['x"y"z', ' "s"']]],
  ['what follows a closing quote', '"x"y,"s" ,"a"b"c"\n', [['xy', 's ', 'ab"c"']]],
  ['empty quotes', '"",""x""\n', [['', 'x""']]],
  ['a quote that is never closed', 'a,"b\nc,d\n', [['a', 'b\nc,d\n']]],
  ['a quote at the very end', 'a,"', [['a', '']]],
  ['nothing', '', []],
];

describe('CSV reader', () => {
  for (const [what, text, expected] of examples) it(`reads ${what}`, () => assert.deepEqual(rows(text), expected));

  it('takes another quote', () => {
    assert.deepEqual(rows(`'a,b',"c"\n`, "'"), [['a,b', '"c"']]);
  });

  it('reads a row again from where it begins', () => {
    const reader = new CsvReader(Buffer.from('a,b\n\n"c\nd",e\nf,g\n'), 0x22);
    assert.equal(reader.next(), 2);
    assert.equal(reader.next(), 2);
    const start = reader.rowStart;
    assert.equal(reader.next(), 2);
    assert.equal(reader.next(), 0);
    reader.position = start;
    const row: string[] = [];
    reader.next(row);
    assert.deepEqual(row, ['c\nd', 'e']);
  });
});
