import { createServer, type IncomingMessage, request as httpRequest } from 'node:http';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

/** A message as both parsers should see it. */
export interface Message {
  /** `GET /path` or `200`. */
  readonly start: string;
  /** Lower-case names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

export interface Parsed {
  /** Those that are complete. */
  readonly messages: readonly Message[];
  /** The bytes broke a rule. */
  readonly refused: boolean;
}

/** A connection without a network: what is pushed was received; what is written is dropped. */
class Wire extends Duplex {
  override _read(): void {
    // Data is pushed when there is some.
  }

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }

  /** Resolves when everything that follows from these bytes has happened. */
  async deliver(pieces: readonly Buffer[], end: boolean): Promise<void> {
    for (const piece of pieces) this.push(piece);
    if (end) this.push(null);
    // Nothing here waits for the outside: a few turns of the loop and all is delivered.
    for (let turn = 0; turn < 4; turn += 1) await setImmediate();
    this.destroy();
    await setImmediate();
  }
}

/** Keeps messages as their bodies come in. */
class Collector {
  readonly #entries: { start: string; headers: string[]; body: string; complete: boolean }[] = [];

  add(start: string, message: IncomingMessage): void {
    const headers = message.rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
    const entry = { start, headers, body: '', complete: false };
    this.#entries.push(entry);
    message.setEncoding('latin1');
    message.on('data', (text: string) => {
      entry.body += text;
    });
    message.on('end', () => {
      entry.complete = message.complete;
    });
    message.on('error', () => undefined);
  }

  complete(): Message[] {
    return this.#entries
      .filter((entry) => entry.complete)
      .map(({ start, headers, body }) => ({ start, headers, body }));
  }
}

/** What a `node:http` server makes of these bytes of a client. */
export async function nodeRequests(pieces: readonly Buffer[]): Promise<Parsed> {
  const collector = new Collector();
  let refused = false;
  const server = createServer({ maxHeaderSize: 16_384 }, (request, response) => {
    collector.add(`${request.method ?? ''} ${request.url ?? ''}`, request);
    response.end();
  });
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('clientError', (error: NodeJS.ErrnoException) => {
    // What follows a request with `Connection: close` is not looked at. The socket stays open for now: the messages
    // before the wrong byte are still being delivered.
    if (error.code !== 'HPE_CLOSED_CONNECTION') refused = true;
  });
  const wire = new Wire();
  server.emit('connection', wire);
  await wire.deliver(pieces, false);
  return { messages: collector.complete(), refused };
}

/** What a `node:http` client makes of these bytes of a server that then closes, as the response to one request. */
export async function nodeResponse(method: string, pieces: readonly Buffer[]): Promise<Parsed> {
  const collector = new Collector();
  const wire = new Wire();
  const client = httpRequest({ method, createConnection: () => wire });
  let refused = false;
  const refuse = (): void => {
    refused = true;
  };
  client.on('error', refuse);
  client.on('upgrade', refuse);
  client.on('response', (response) => {
    collector.add(String(response.statusCode), response);
    response.on('error', refuse);
  });
  client.end();
  await setImmediate();
  await wire.deliver(pieces, true);
  return { messages: collector.complete(), refused };
}
