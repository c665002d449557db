import * as v from 'valibot';
import { durationPattern, parseDurationMs } from '../../core/units.js';
import { defineCheck } from '../check.js';
import { string } from '../plan/schema.js';

const limit = v.pipe(
  string,
  v.metadata({ pattern: durationPattern.source }),
  v.check((given) => parseDurationMs(given, 'ms') !== undefined, 'a duration such as 200ms or 1s'),
  v.transform((given) => parseDurationMs(given, 'ms') as number),
);

/** How long the whole response took: `duration: { below: 200ms }`. */
export default defineCheck({
  id: 'duration',
  summary: 'the time to the end of the response',
  schema: v.object({ below: limit }),
  keepsHeaders: false,
  keepsBody: false,
  compile:
    ({ below }) =>
    ({ elapsedMs }) =>
      elapsedMs < below ? undefined : `duration: expected below ${below} ms`,
});
