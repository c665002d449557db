import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SeldomLog } from '../../src/servers/seldom-log.js';
import { ManualTime } from './runtime/scripted-io.js';

it('what fails often is told when it begins and then every ten seconds, with how often it did', () => {
  const time = new ManualTime();
  const logged: string[] = [];
  const log = new SeldomLog((_level, message) => logged.push(message), time.now);
  for (; time.ms <= 20_000; time.ms += 100) log.failed('no room');
  assert.deepEqual(logged, [
    'no room',
    'no room (100 failures since this was last said)',
    'no room (100 failures since this was last said)',
  ]);
});
