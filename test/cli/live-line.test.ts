import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LiveLine } from '../../src/cli/live-line.js';
import { FakeIo } from '../support/fake-io.js';

const eraseLine = '\r\u001B[K';

it('a live line shows more where there is room for all of it, and never wraps', () => {
  const fake = new FakeIo([], { terminal: true, columns: 20 });
  const live = new LiveLine(fake.io.stderr);
  live.show('measuring', ' 12 k/s');
  live.show('measuring', ' 12.3 k requests/s');
  live.show('measuring a server with a long name');
  live.clear();
  assert.equal(
    fake.stderrText,
    ['measuring 12 k/s', 'measuring', 'measuring a server…', ''].map((line) => eraseLine + line).join(''),
  );
});

it('a live line does not exist where there is no terminal', () => {
  const fake = new FakeIo([]);
  const live = new LiveLine(fake.io.stderr);
  live.show('measuring');
  live.clear();
  assert.equal(fake.stderrText, '');
});
