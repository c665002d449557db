import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { proxiesOf } from '../../src/drill/wire/proxies.js';

describe('proxies of the environment', () => {
  const rows: [env: Record<string, string>, http: string, https: string][] = [
    [{}, '', ''],
    [{ HTTP_PROXY: 'http://p:1', http_proxy: 'http://q:2' }, 'http://q:2', ''],
    [{ http_proxy: 'p:3128' }, 'http://p:3128', ''],
    [{ ALL_PROXY: '10.0.0.1:3128', HTTPS_PROXY: 'https://s' }, 'http://10.0.0.1:3128', 'https://s'],
  ];
  for (const [env, http, https] of rows) {
    it(`reads ${JSON.stringify(env)}`, () => {
      const proxies = proxiesOf(env);
      assert.deepEqual([proxies.http, proxies.https], [http, https]);
    });
  }

  for (const wrong of ['http://127.0.0.1:99999', 'foo:bar', 'ftp://p', 'http://']) {
    it(`refuses ${wrong}, and names the variable`, () => {
      assert.throws(() => proxiesOf({ http_proxy: wrong }), {
        name: 'UserError',
        message: `the variable HTTP_PROXY is '${wrong}', which is not the URL of a proxy, such as http://host:3128`,
      });
    });
  }
});
