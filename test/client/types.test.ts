import assert from 'node:assert/strict';
import { it } from 'node:test';
import { complaintsAbout, userModule } from '../support/type-check.js';

it('the types of the client need neither those of Node nor a young library', () => {
  const file = userModule(
    'calling',
    `import { Client } from 'archbench/client';
     declare const port: number;
     const client = new Client({ port });
     await client.call('/json');`,
  );
  assert.equal(complaintsAbout(file, '--target', 'es2022', '--lib', 'es2020'), '');
});
