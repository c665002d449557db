import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { Environment } from '../core/results.js';
import type { Io } from './io.js';

/** Version of the installed package. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The machine and the versions that results carry. */
export function environmentOf({ nodeVersion }: Io): Environment {
  const cpus = os.cpus();
  return {
    archbench: packageVersion(),
    node: nodeVersion,
    platform: `${os.platform()} ${os.arch()}`,
    kernel: os.release(),
    // Some virtual machines and ARM boards do not tell.
    cpu: cpus[0]?.model.trim() || 'unknown processor',
    cores: os.availableParallelism(),
  };
}
