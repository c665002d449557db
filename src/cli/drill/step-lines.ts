import { createColors } from 'picocolors';
import type { RequestOptions } from '../../client/client.js';
import { printable } from '../../core/printable.js';
import type { RequestDone, StepObserver } from '../../drill/observer.js';
import type { Incoming, Outgoing } from '../../drill/transport.js';
import { reasonPhrases } from '../../net/http/reason-phrases.js';
import type { Output } from '../io.js';
import { formatTime, padName } from './format.js';

interface StepLineOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly nanoseconds: boolean;
}

/** Prints what drill prints for each step; `undefined` when nothing is to be printed, which costs nothing then. */
export function stepLines(output: Output, options: StepLineOptions): StepObserver | undefined {
  if (options.quiet && !options.verbose) return undefined;
  const colour = createColors(output.colour);
  const line = (text: string): void => output.write(`${text}\n`);
  const quietly = (name: string, text: string): void => {
    if (!options.quiet) line(`${colour.green(padName(name))} ${text}`);
  };

  const pair = (key: string, value: string): string =>
    `${colour.cyan(printable(key))}=${colour.magenta(printable(value))}`;

  const requestLine = ({ name, url, incoming, elapsedMs }: RequestDone): void => {
    if (incoming.kind === 'failure') {
      line(colour.red(printable(`Error connecting '${url}': ${incoming.message} (${incoming.class})`)));
      return;
    }
    if (options.quiet) return;
    const status = statusColour(incoming.status, colour)(reason(incoming.status));
    const time = colour.cyan(formatTime(elapsedMs * 1000, options.nanoseconds));
    line(`${colour.green(padName(name))} ${colour.blue(colour.bold(printable(url)))} ${status} ${time}`);
  };

  return {
    ...(options.verbose
      ? {
          sending: (request: Outgoing) => line(colour.bold(colour.green('>>>')) + printable(sendingText(request))),
          calling: (url: string, call: RequestOptions) =>
            line(colour.bold(colour.green('>>>')) + printable(callingText(url, call))),
        }
      : {}),
    request: (done) => {
      requestLine(done);
      if (options.verbose && done.incoming.kind === 'response')
        line(colour.bold(colour.green('<<<')) + printable(receivedText(done.url, done.incoming, done.elapsedMs)));
    },
    delay: (name, seconds) => quietly(name, colour.magenta(`${seconds}s`)),
    assign: (name, key, value) => quietly(name, pair(key, value)),
    assert: (name, key, value) => quietly(name, `${pair(key, value)}?`),
    exec: (name, command) => quietly(name, colour.cyan(printable(command))),
  };
}

type Colours = ReturnType<typeof createColors>;

function statusColour(status: number, colour: Colours): (text: string) => string {
  if (status >= 500) return colour.red;
  return status >= 400 ? colour.magenta : colour.yellow;
}

/** Where drill's names differ from Node's. */
const reasons: Readonly<Record<number, string | undefined>> = {
  ...reasonPhrases,
  203: 'Non Authoritative Information',
  418: "I'm a teapot",
  509: undefined,
};

function reason(status: number): string {
  return `${status} ${reasons[status] ?? '<unknown status code>'}`;
}

function sendingText({ origin, path, method, headers }: Outgoing): string {
  const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] as string] as const] : []));
  return ` URL: ${origin.scheme}://${origin.host}${path}, METHOD: ${method}, HEADERS: ${headerText(pairs)}`;
}

function callingText(url: string, { body, method = body === undefined ? 'GET' : 'POST' }: RequestOptions): string {
  return ` URL: ${url}, METHOD: ${method}${body === undefined ? '' : `, BODY: ${JSON.stringify(body)}`}`;
}

function receivedText(url: string, incoming: Extract<Incoming, { kind: 'response' }>, elapsedMs: number): string {
  const { status, headers, body } = incoming;
  const shown = body === undefined ? '' : ` BODY: ${JSON.stringify(Buffer.from(body).toString('utf8'))}`;
  return ` URL: ${URL.canParse(url) ? new URL(url).href : url}, STATUS: ${reason(status)}, HEADERS: ${headerText(headers?.entries() ?? [])} DURATION: ${elapsedMs.toFixed(4)} ms,${shown}`;
}

function headerText(pairs: Iterable<readonly [string, string]>): string {
  return `{${[...pairs].map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(', ')}}`;
}

/** Hears everything and says nothing. */
export const silent: StepObserver = {
  request: () => undefined,
  delay: () => undefined,
  assign: () => undefined,
  assert: () => undefined,
  exec: () => undefined,
};
