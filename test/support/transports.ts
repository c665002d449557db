import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { systemClock } from '../../src/core/clock.js';
import {
  transports,
  type Failure,
  type Incoming,
  type Origin,
  type Outgoing,
  type Response,
  type Transport,
  type TransportKind,
  type TransportOptions,
} from '../../src/drill/transport.js';
import { ScriptedServer, type Script } from './scripted-server.js';

// What examinations of transports begin with: a request, a transport, a server that answers as it is told.

const plainNeeds = { tls: false, http2: false, proxy: false, unixSocket: false };

/** Why a transport cannot send plain HTTP here; false when it can. */
export function skipReason(kind: TransportKind): string | false {
  return kind.unsupported(plainNeeds) ?? false;
}

/** The same examination for every transport. */
export async function describeTransports(what: string, examine: (kind: TransportKind) => void): Promise<void> {
  for (const kind of await transports.all())
    describe(`transport ${kind.id}: ${what}`, { skip: skipReason(kind) }, () => examine(kind));
}

export function openTransport(kind: TransportKind, options: Partial<TransportOptions> = {}): Promise<Transport> {
  const plain = { clock: systemClock, verifyCertificates: true, http2: false, unixSocket: undefined, env: {} };
  return kind.open({ ...plain, ...options });
}

export function originOf(port: number, hostname = '127.0.0.1', scheme: Origin['scheme'] = 'http'): Origin {
  const host = hostname.includes(':') ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  return { key: `${scheme}://${host}`, scheme, hostname, port, host };
}

/** A GET of / that keeps everything, changed. */
export function outgoing(origin: Origin, changes: Partial<Outgoing> = {}): Outgoing {
  return {
    origin,
    method: 'GET',
    path: '/',
    headers: [],
    body: undefined,
    timeoutMs: 20_000,
    keepHeaders: true,
    keepBody: true,
    ...changes,
  };
}

export type Ask = (changes?: Partial<Outgoing>) => Promise<Incoming>;

/** A transport and a server, for one examination. */
export async function withServer(
  kind: TransportKind,
  script: Script,
  examine: (ask: Ask, server: ScriptedServer, transport: Transport) => Promise<void>,
): Promise<void> {
  await using server = await ScriptedServer.start(script);
  await using transport = await openTransport(kind);
  const origin = originOf(server.port);
  await examine((changes) => transport.send(transport.prepare(outgoing(origin, changes))), server, transport);
}

export function answered(incoming: Incoming): Response {
  assert.ok(incoming.kind === 'response', incoming.kind === 'failure' ? incoming.message : '');
  return incoming;
}

export function failed(incoming: Incoming): Failure {
  assert.ok(incoming.kind === 'failure');
  return incoming;
}

/** The body of a response, one character per byte. */
export function bodyOf(incoming: Incoming): string {
  return Buffer.from(answered(incoming).body ?? []).toString('latin1');
}

export const hello = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

/** Answers the first request with the first text, and so on; the last one again and again. */
export function answer(...responses: readonly string[]): Script {
  return (socket, _head, number) => void socket.write(responses[number] ?? responses.at(-1) ?? '');
}
