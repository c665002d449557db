// Makes `npm start` and `npm test` work on a fresh clone: installs what the lock file
// names when it is not there yet, compiles, removes compiled files whose source is gone
// (variants are found by listing folders, so a stale file would come back as a variant),
// and bundles what a server thread loads.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installed = join(root, 'node_modules/.package-lock.json');
const windows = process.platform === 'win32';

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: windows });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function isStale() {
  if (!existsSync(installed)) return true;
  return statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs;
}

if (isStale()) run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
run(process.execPath, join(root, 'node_modules/typescript/bin/tsc'));

for (const entry of readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  const source = relative(join(root, 'dist'), path).replace(/(\.d\.ts|\.js\.map|\.js)$/, '.ts');
  if (entry.isFile() && !existsSync(join(root, source))) rmSync(path);
}

// One file for all that a server thread may load: it starts with 60 % of the computing that its 40 modules cost one by
// one. CommonJS, because a thread then loads no Node module that only other architectures need (node:http is expensive).
// After the installation, for it is installed with the others.
const { build } = await import('esbuild');
const servers = join(root, 'dist/src/servers');
await build({
  entryPoints: [join(servers, 'thread.js')],
  outfile: join(servers, 'thread.cjs'),
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'moduleUrl' },
  external: ['koffi'],
  logLevel: 'warning',
});
