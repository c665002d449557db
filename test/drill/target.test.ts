import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Targets } from '../../src/drill/request/target.js';

describe('where a URL leads', () => {
  it('is the same by the short way, which knows the origin already, as by the URL standard', () => {
    const characters = 'a b / . ? %2e %2f E # ; : @ & = + " < > ` { } | \\ ^ ~ [ ] é \' \t'.split(' ');
    const path = fc.array(fc.constantFrom(' ', ...characters), { maxLength: 12 });
    fc.assert(
      fc.property(path, (pieces) => {
        const targets = new Targets();
        const url = `http://127.0.0.1:8080/${pieces.join('')}`;
        targets.resolve('http://127.0.0.1:8080/first');
        const { href } = new URL(url);
        assert.equal(targets.resolve(url)?.path, href.slice('http://127.0.0.1:8080'.length).replace(/#.*$/s, ''), url);
      }),
      { numRuns: 3000 },
    );
  });

  it('knows origins by scheme, host and port', () => {
    const targets = new Targets();
    const rows: [string, string, string][] = [
      ['http://localhost/x', 'http://localhost:80', 'localhost'],
      ['https://localhost/x', 'https://localhost:443', 'localhost'],
      ['http://[::1]:8080/', 'http://[::1]:8080', '[::1]:8080'],
      ['http://EXAMPLE.org:81', 'http://example.org:81', 'example.org:81'],
      ['http://user:pass@127.0.0.1:80/', 'http://127.0.0.1:80', '127.0.0.1'],
    ];
    for (const [url, key, host] of rows) {
      const target = targets.resolve(url);
      assert.deepEqual([target?.origin.key, target?.origin.host], [key, host], url);
      assert.equal(targets.resolve(url)?.origin, target?.origin);
    }
    assert.equal(targets.resolve('http://[::1]:8080/')?.origin.hostname, '::1');
    assert.equal(targets.resolve('http://user:p%40ss@h/')?.authorization, 'Basic dXNlcjpwQHNz');
    for (const url of ['', '/x', 'x', 'ftp://h/', 'http://', 'mailto:a@b'])
      assert.equal(targets.resolve(url), undefined, url);
    // A longer host that begins like the last one is another origin.
    assert.equal(targets.resolve('http://localhost.example/x')?.origin.key, 'http://localhost.example:80');
    assert.equal(targets.resolve('http://localhost:8080/x')?.origin.key, 'http://localhost:8080');
    assert.equal(targets.resolve('http://localhost@evil/x')?.origin.key, 'http://evil:80');
  });
});
