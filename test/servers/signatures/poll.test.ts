import { signature, waitsForEverybodyIn } from '../../support/signature.js';

await signature('poll', () => {
  waitsForEverybodyIn('poll', 'poll');
});
