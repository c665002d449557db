import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import type { Candidate, RunningCandidate } from '../../compare/candidate.js';
import { processTree, stillRunning } from '../../compare/process-tree.js';
import { ExitCode, UserError } from '../../core/errors.js';
import { frameAddressOf } from '../../net/frames/frame-address.js';
import { urlProblem } from '../../net/http/url-problem.js';
import type { Io } from '../io.js';

export type Protocol = 'http' | 'frames';

export interface TargetOptions {
  /** What the plan speaks. */
  readonly protocol: Protocol;
  /** Path or URL that answers when a started command is ready. */
  readonly ready: string | undefined;
  readonly readyTimeoutMs: number;
  /** `name=1234`: the process of a server that runs already, so that its cost can be counted. */
  readonly pids: readonly string[];
}

/** How long a command may take to end after SIGTERM. */
const graceMs = 3000;

/**
 * `name=http://127.0.0.1:3000` is a server that runs already; `name=node server.js {port}` is a command that is
 * started for every round: on a free port, which replaces `{port}` and stands in the environment as `PORT`.
 * @throws {UserError}
 */
export function targetCandidates(targets: readonly string[], options: TargetOptions, io: Io): Candidate[] {
  const pids = new Map(options.pids.map(readPid));
  const named = targets.map((target) => readTarget(target, options.protocol));
  for (const id of pids.keys()) {
    if (!named.some((target) => target.id === id && isUrl(target.what)))
      throw new UserError(`--pid ${id}: no --target of that name is a server that runs already`);
  }
  if (options.ready !== undefined && named.every(({ what }) => isUrl(what)))
    throw new UserError('--ready would do nothing: no --target is a command');
  if (options.ready !== undefined) checkReady(options.ready);
  return named.map(({ id, what }) =>
    isUrl(what) ? runningServer(id, what, pids.get(id)) : startedCommand(id, what, options, io),
  );
}

function checkReady(ready: string): void {
  const text = ready.replaceAll('{port}', '1');
  const url = URL.canParse(text, 'http://127.0.0.1:1') ? new URL(text, 'http://127.0.0.1:1') : undefined;
  if (ready === '' || url?.protocol !== 'http:')
    throw new UserError(`--ready expects a path such as /health, or a URL that begins with http://, found '${ready}'`);
}

const isUrl = (what: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(what);

/** URLs of servers that speak it, and what they begin with. */
const urls = {
  http: { pattern: /^https?:\/\//i, beginning: 'http:// or https://' },
  frames: { pattern: /^tcp:\/\//i, beginning: 'tcp://' },
} as const;

function readTarget(target: string, protocol: Protocol): { readonly id: string; readonly what: string } {
  const equals = target.indexOf('=');
  const id = target.slice(0, equals).trim();
  const what = target.slice(equals + 1).trim();
  if (isUrl(what)) checkUrl(id, what, protocol);
  if (equals > 0 && id !== '' && what !== '') return { id, what };
  throw new UserError(`--target expects NAME=URL or NAME='COMMAND', found '${target}'`);
}

/** @throws {UserError} where no server of that protocol can be at a URL */
function checkUrl(id: string, url: string, protocol: Protocol): void {
  const { pattern, beginning } = urls[protocol];
  if (!pattern.test(url))
    throw new UserError(`--target ${id}: expected a URL that begins with ${beginning}, found '${url}'`);
  const problem = protocol === 'http' ? urlProblem(url) : undefined;
  if (problem !== undefined) throw new UserError(`--target ${id}: '${url}' ${problem}`);
  if (protocol === 'frames' && frameAddressOf(url) === undefined)
    throw new UserError(`--target ${id}: a server such as tcp://127.0.0.1:8080 is expected, found '${url}'`);
}

function readPid(text: string): [string, number] {
  const match = /^(.+)=(\d+)$/.exec(text);
  if (match === null) throw new UserError(`--pid expects NAME=PROCESS-ID, found '${text}'`);
  return [match[1] as string, Number(match[2])];
}

function runningServer(id: string, url: string, pid: number | undefined): Candidate {
  const base = url.replace(/\/+$/, '');
  const running: RunningCandidate = {
    base,
    settings: {},
    close: () => Promise.resolve(),
    ...(pid === undefined ? {} : { pid }),
  };
  return { id, start: () => Promise.resolve(running) };
}

function startedCommand(id: string, command: string, options: TargetOptions, io: Io): Candidate {
  return {
    id,
    start: async (signal) => {
      signal.throwIfAborted();
      const port = await freePort();
      // A shell, because that is what people write commands for; a group of its own, so that all of it can be ended.
      const child = spawn('/bin/sh', ['-c', command.replaceAll('{port}', String(port))], {
        cwd: io.cwd,
        env: { ...io.env, PORT: String(port) },
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const started = new StartedCommand(child, io);
      try {
        const scheme = options.protocol === 'http' ? 'http' : 'tcp';
        const base = `${scheme}://127.0.0.1:${port}`;
        await started.ready(signOf(options.ready, base, port), options.readyTimeoutMs, signal);
        return { base, pid: child.pid as number, settings: {}, close: () => started.end() };
      } catch (error) {
        await started.end();
        if (error instanceof NotReady)
          throw new UserError(`--target ${id}: ${error.message}`, {
            exitCode: ExitCode.runFailed,
            ...(started.lastWords === '' ? {} : { hint: started.lastWords }),
          });
        throw error;
      }
    },
  };
}

/** @param ready of `TargetOptions` @param base of the server */
function signOf(ready: string | undefined, base: string, port: number): ReadySign {
  // A path that says so is asked over HTTP, whatever else is spoken.
  if (ready === undefined) return { url: new URL(base), ok: false };
  return { url: new URL(ready.replaceAll('{port}', String(port)), `http://127.0.0.1:${port}`), ok: true };
}

/**
 * What says that a command is ready: any answer, or a good one from a path that was named for it. Where it speaks
 * frames, it is ready when it accepts.
 */
interface ReadySign {
  readonly url: URL;
  /** Only a status below 400 counts. */
  readonly ok: boolean;
}

class NotReady extends Error {}

/** A command, its process group, and the last lines that it wrote to standard error. */
class StartedCommand {
  lastWords = '';
  readonly #child: ChildProcess;
  readonly #io: Io;
  readonly #exited: Promise<unknown>;
  readonly #watcher: ChildProcess | undefined;
  #ended = false;

  constructor(child: ChildProcess, io: Io) {
    this.#child = child;
    this.#io = io;
    this.#watcher = child.pid === undefined ? undefined : watch(child.pid);
    this.#exited = once(child, 'exit')
      .catch(() => undefined)
      .then(() => (this.#ended = true));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.lastWords = (this.lastWords + text).slice(-2000);
    });
  }

  /** Resolves when it answers. */
  async ready(sign: ReadySign, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#io;
    const { url } = sign;
    const giveUpAt = clock.now() + timeoutMs;
    while (!(await answers(sign))) {
      signal.throwIfAborted();
      if (this.#ended)
        throw new NotReady(
          `the command ended (${this.#child.exitCode ?? this.#child.signalCode}) before ${url.href} answered`,
        );
      if (clock.now() > giveUpAt) throw new NotReady(`${url.href} did not answer within ${timeoutMs / 1000} s`);
      await clock.sleep(10, signal);
    }
    // Somebody else may have taken the port meanwhile.
    if (this.#ended) throw new NotReady('the command ended, and another program answers on its port');
  }

  /** Ends the group, and whatever of its children has left the group. */
  async end(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    const tree = processTreeOrNone(pid);
    this.#io.kill(-pid, 'SIGTERM');
    const timer = new AbortController();
    await Promise.race([this.#exited, this.#io.clock.sleep(graceMs, timer.signal).catch(() => undefined)]);
    timer.abort();
    this.#io.kill(-pid, 'SIGKILL');
    const descendants = tree.slice(1);
    for (const descendant of descendants) this.#io.kill(descendant, 'SIGKILL');
    await this.#exited;
    // A process that is still dying would take its time from whoever is measured next.
    const { clock } = this.#io;
    const giveUpAt = clock.now() + graceMs;
    while (stillRunning(descendants).length > 0 && clock.now() < giveUpAt) await clock.sleep(5);
    if (this.#watcher?.pid !== undefined) this.#io.kill(-this.#watcher.pid, 'SIGKILL');
  }
}

/**
 * Kills the process group `pid` when we are gone, however we went: it reads from a pipe whose other end is ours, and
 * the kernel closes that end in any case. Beside the command, not above it, so that nobody counts its memory.
 */
function watch(pid: number): ChildProcess {
  const script = 'cat >/dev/null; kill -s KILL -- "-$1"';
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.on('error', () => undefined); // without a shell there is no command either
  watcher.unref();
  return watcher;
}

function processTreeOrNone(pid: number): number[] {
  try {
    return processTree(pid);
  } catch {
    return []; // no /proc here: the group has to do
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function answers({ url, ok }: ReadySign): Promise<boolean> {
  return new Promise((resolve) => {
    if (url.protocol === 'tcp:') {
      const socket = connect({ host: url.hostname, port: Number(url.port), timeout: 1000 }, () => socket.destroy());
      socket.on('connect', () => resolve(true));
      socket.on('timeout', () => socket.destroy());
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(false));
      return;
    }
    const request = get(url, { agent: false, timeout: 1000 }, (response) => {
      response.resume();
      resolve(!ok || (response.statusCode ?? 500) < 400);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
