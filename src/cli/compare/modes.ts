import type { Candidate } from '../../compare/candidate.js';
import { UserError } from '../../core/errors.js';
import { architectures, resolveMode } from '../../servers/catalogue.js';
import { readServerSettings } from '../../servers/settings.js';
import { startServerProcess } from '../../servers/server-process.js';

export interface ModeCandidates {
  readonly candidates: readonly Candidate[];
  /** Architectures that this machine cannot run; only of those that nobody asked for by name. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * The architectures that a text names, each to be started in a child process of its own: `event-loop,pooled`, with
 * settings after a colon: `pooled,pooled:workers=4,threaded:spareThreads=150:maxThreads=500`. Without a text, all
 * that this machine can run.
 * @throws {UserError} for an unknown mode or setting, for one that cannot run here, for the same one twice
 */
export async function modeCandidates(text: string | undefined, app?: string): Promise<ModeCandidates> {
  if (text === undefined) return everyMode(app);
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new UserError(`--modes has an empty name: '${text}'`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new UserError(`--modes names '${twice}' twice`, {
      hint: 'to compare a server with itself use --self; to compare settings say them: pooled,pooled:workers=4',
    });
  return { candidates: await Promise.all(names.map((name) => namedMode(name, app))), skipped: [] };
}

async function everyMode(app: string | undefined): Promise<ModeCandidates> {
  const candidates: Candidate[] = [];
  const skipped: { id: string; reason: string }[] = [];
  for (const { id, unsupported } of await architectures.all()) {
    const reason = unsupported?.();
    if (reason === undefined) candidates.push(candidateOf(id, id, [], app));
    else skipped.push({ id, reason });
  }
  return { candidates, skipped };
}

async function namedMode(text: string, app: string | undefined): Promise<Candidate> {
  const [name = '', ...set] = text.split(':');
  const architecture = await resolveMode(name);
  const reason = architecture.unsupported?.();
  if (reason !== undefined) throw new UserError(`mode '${architecture.id}' cannot run here: ${reason}`);
  readServerSettings(architecture, set);
  return candidateOf([architecture.id, ...set].join(':'), architecture.id, set, app);
}

function candidateOf(id: string, mode: string, set: readonly string[], app: string | undefined): Candidate {
  return {
    id,
    start: async (signal) => {
      const server = await startServerProcess({ mode, set, ...(app === undefined ? {} : { app }), signal });
      return { base: server.url, pid: server.pid, settings: server.settings, close: server.close };
    },
  };
}
