import type { Candidate } from '../../compare/candidate.js';
import { UserError } from '../../core/errors.js';
import type { Architecture } from '../../servers/architecture.js';
import { architectures, resolveMode } from '../../servers/catalogue.js';
import { readServerSettings } from '../../servers/settings.js';
import { connectionShortage } from '../connection-shortage.js';
import { startServerForRun } from '../server-for-run.js';

export interface ModeCandidates {
  readonly candidates: readonly Candidate[];
  /** Those that cannot be compared, for the machine or the plan, and why: the others are compared without them. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/** What all of them serve. */
interface Served {
  readonly protocol: string;
  /** How many connections of frames the plan holds at once. */
  readonly callConnections: number;
  /** A user's application, an absolute path. */
  readonly app?: string;
}

interface Mode {
  readonly architecture: Architecture;
  readonly set: readonly string[];
}

/**
 * The architectures that a text names, each to be started in a child process of its own: `event-loop,pooled`, with
 * settings after a colon: `pooled,pooled:workers=4,threaded:spareThreads=150:maxThreads=500`. Without a text, all.
 * @throws {UserError} for an unknown mode or setting, for the same one twice
 */
export async function modeCandidates(text: string | undefined, served: Served): Promise<ModeCandidates> {
  const modes = text === undefined ? await everyMode() : await namedModes(text);
  const candidates: Candidate[] = [];
  const skipped: { id: string; reason: string }[] = [];
  for (const { architecture, set } of modes) {
    const id = [architecture.id, ...set].join(':');
    const reason = architecture.unsupported?.() ?? connectionShortage(architecture, set, served.callConnections);
    if (reason === undefined) candidates.push(candidateOf(id, architecture.id, set, served));
    else skipped.push({ id, reason });
  }
  return { candidates, skipped };
}

async function everyMode(): Promise<Mode[]> {
  return (await architectures.all()).map((architecture) => ({ architecture, set: [] }));
}

async function namedModes(text: string): Promise<Mode[]> {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new UserError(`--modes has an empty name: '${text}'`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new UserError(`--modes names '${twice}' twice`, {
      hint: 'to compare a server with itself use --self; to compare settings say them: pooled,pooled:workers=4',
    });
  return Promise.all(names.map(namedMode));
}

async function namedMode(text: string): Promise<Mode> {
  const [name = '', ...set] = text.split(':');
  const architecture = await resolveMode(name);
  readServerSettings(architecture, set);
  return { architecture, set };
}

function candidateOf(id: string, mode: string, set: readonly string[], { protocol, app }: Served): Candidate {
  return {
    id,
    start: async (signal) => {
      const server = await startServerForRun({ mode, set, protocol, ...(app === undefined ? {} : { app }) }, signal);
      return { base: server.url, pid: server.pid, settings: server.settings, close: server.close };
    },
  };
}
