import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpHeaders } from '../../../src/net/http/headers.js';

describe('HttpHeaders', () => {
  const text = 'Host: a\r\nX-Tag:  one \r\nx-tag: two\r\n\r\n';

  it('compares names without case, and keeps the order of arrival', () => {
    const headers = new HttpHeaders(text, 0);
    assert.deepEqual([headers.get('x-tag'), headers.has('x-tag'), headers.has('x-other')], ['two', true, false]);
    assert.deepEqual(headers.all('x-tag'), ['one', 'two']);
    assert.deepEqual(
      [...headers.entries()],
      [
        ['host', 'a'],
        ['x-tag', 'one'],
        ['x-tag', 'two'],
      ],
    );
  });

  it('can be changed by nobody, for messages with the same head share them', () => {
    const headers = new HttpHeaders(text, 0);
    const before = [...headers.entries()].map(([name, value]) => [name, value]);
    const entries = headers.entries() as [string, string][];
    const changes: (() => unknown)[] = [
      () => entries.push(['evil', 'yes']),
      () => ((entries[0] as [string, string])[1] = 'evil'),
      () => Object.assign(headers, { user: 'me' }),
      () => Object.assign(headers, { get: () => 'evil' }),
    ];
    for (const change of changes) assert.throws(change, TypeError);
    (headers.all('x-tag') as string[]).push('evil');
    assert.deepEqual([...headers.entries()], before);
    assert.deepEqual(headers.all('x-tag'), ['one', 'two']);
  });
});
