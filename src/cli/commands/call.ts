import { Option } from 'commander';
import type { Client, Json, RequestOptions } from '../../client/client.js';
import { ExitCode, UserError } from '../../core/errors.js';
import { printable } from '../../core/printable.js';
import { plural } from '../../core/units.js';
import type { CliCommand } from '../command.js';
import type { Io } from '../io.js';
import { durationFrom } from '../option-values.js';
import { say } from '../say.js';

interface CallOptions {
  readonly method?: string;
  readonly body?: string;
  readonly timeout: number;
}

const command: CliCommand = {
  id: 'call',
  summary: 'send requests in frames, all at once, and show the replies as they come',
  configure: (program, io, exit) => {
    program
      .argument('<server>', 'tcp://HOST:PORT, as `archbench serve --protocol frames` says it')
      .argument('<target...>', 'paths, asked for at once on one connection')
      .option('-m, --method <method>', 'GET, or POST when there is a body')
      .option('--body <json>', 'body of every request: JSON, and what is none is a text')
      .addOption(
        new Option('-t, --timeout <time>', 'time for each request')
          .argParser(durationFrom('--timeout', 1))
          .default(10_000, '10s'),
      )
      .action(async (server: string, targets: readonly string[], options: CallOptions) =>
        exit(await call(server, targets, options, io)),
      );
  },
};

export default command;

async function call(
  server: string,
  targets: readonly string[],
  { method, body, timeout }: CallOptions,
  { stdout, stderr }: Io,
): Promise<ExitCode> {
  const { tokenPattern } = await import('../../net/http/characters.js');
  const { jsonOrText, targetPattern } = await import('../../net/frames/messages.js');
  const { frameAddressOf } = await import('../../net/frames/frame-address.js');
  const { Client } = await import('../../client/client.js');
  const found = frameAddressOf(server);
  if (found === undefined) throw new UserError(`a server such as tcp://127.0.0.1:8080 is expected, found '${server}'`);
  for (const target of targets)
    if (!targetPattern.test(target))
      throw new UserError(`'${target}' is not a path that begins with /, of visible ASCII`, {
        hint: /^\w/.test(target) ? `did you mean '/${target}'?` : '/path?query',
      });
  if (method !== undefined && !tokenPattern.test(method))
    throw new UserError(`--method expects a word such as GET, found '${method}'`);
  const request: RequestOptions = {
    ...(method === undefined ? {} : { method }),
    ...(body === undefined ? {} : { body: jsonOrText(body) }),
  };
  if (!(await fitsFrame(request))) throw new UserError('--body nests too deep for a frame');
  await using client = new Client({ ...found, timeoutMs: timeout, connectAttempts: 1 });
  const succeeded = await Promise.all(targets.map((target) => show(client, target, request, { stdout, stderr })));
  return succeeded.every(Boolean) ? ExitCode.ok : ExitCode.runFailed;
}

async function fitsFrame(request: RequestOptions): Promise<boolean> {
  const { encodeFrame } = await import('../../net/frames/encode-frame.js');
  try {
    encodeFrame(request);
    return true;
  } catch {
    return false;
  }
}

/** Resolves to whether it was answered well. */
async function show(
  client: Client,
  target: string,
  request: RequestOptions,
  { stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>,
): Promise<boolean> {
  const { ClientError } = await import('../../client/client.js');
  try {
    const { status, body } = await client.call(target, request);
    stdout.write(`${printable(target)} ${status} ${shown(body)}`.trimEnd());
    stdout.write('\n');
    return status < 400;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    say({ stderr }, `error: ${error.code === 'timeout' ? '' : `${target}: `}${error.message}`);
    return false;
  }
}

/** In one line, which does nothing to a terminal; a text with control characters as JSON writes it. */
function shown(body: Json | Uint8Array | undefined): string {
  if (body === undefined) return '';
  if (body instanceof Uint8Array) return `(${body.length} ${plural(body.length, 'byte')})`;
  const text = typeof body === 'string' ? body.trimEnd() : undefined;
  return printable(text === undefined || /\p{Cc}/u.test(text) ? JSON.stringify(body) : text);
}
