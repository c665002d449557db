import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UserError } from '../../src/core/errors.js';
import {
  booleanSetting,
  durationSetting,
  integerSetting,
  readAssignments,
  readSettings,
} from '../../src/core/settings.js';

const settings = {
  workers: integerSetting('threads', 2, { min: 1, max: 64 }),
  keepAlive: booleanSetting('keep connections open', false),
  idle: durationSetting('idle time', 5000),
};

describe('settings', () => {
  it('keeps defaults and reads what is given', () => {
    assert.deepEqual(readSettings(settings, readAssignments(['workers=4', 'idle=2s']), "mode 'x'"), {
      workers: 4,
      keepAlive: false,
      idle: 2000,
    });
  });

  it('says in one sentence what is wrong and what would be right', () => {
    const rows: [string, string][] = [
      ['worker=4', "mode 'x' has no setting 'worker', did you mean 'workers'?"],
      ['workers=0', "setting 'workers' of mode 'x' expects a whole number from 1 to 64, found '0'"],
      ['keepAlive=maybe', "setting 'keepAlive' of mode 'x' expects true or false, found 'maybe'"],
      [
        'idle=5',
        "setting 'idle' of mode 'x' expects a duration with its unit, such as 500ms, 5s or 1m, from 1ms to 24h, found '5'",
      ],
      ['workers', "--set needs NAME=VALUE, found 'workers'"],
      ['constructor=1', "mode 'x' has no setting 'constructor'"],
    ];
    for (const [assignment, message] of rows) {
      assert.throws(
        () => readSettings(settings, readAssignments([assignment]), "mode 'x'"),
        (error) => error instanceof UserError && error.message === message,
        message,
      );
    }
  });

  it('says what is given twice', () => {
    assert.throws(() => readAssignments(['workers=2', 'idle=2s', 'workers=3']), {
      name: 'UserError',
      message: "setting 'workers' is given twice: '2' and '3'",
    });
  });
});
