import type { HttpResponse } from '../../net/http/response.js';
import type { HttpRequest } from '../../net/http/request.js';
import { cpu, type Effects, readFile, sleep, stats } from '../application.js';
import { binary, html, json, plain } from '../content-types.js';
import { indexPath } from '../index-page.js';
import { burn } from './burn.js';

/** One route of the built-in workload: the methods it knows and what it does. */
export interface Route {
  readonly methods: readonly string[];
  /** Whether the path goes on after the route's name. */
  readonly hasArgument?: true;
  /** `argument` is what the path has after the route's name: `300` in `/cpu/300`. */
  readonly handle: (request: HttpRequest, argument: string) => HttpResponse | Effects<HttpResponse>;
}

const maxSleepMs = 60_000;
const maxCpuUnits = 60_000_000;
const maxBytes = 16 * 1024 * 1024;

// Frozen, so that the encoder knows them for constants.
const hello: HttpResponse = Object.freeze({ status: 200, headers: plain, body: 'Hello, World!' });
const helloJson: HttpResponse = Object.freeze({ status: 200, headers: json, body: '{"message":"Hello, World!"}' });

function badRequest(message: string): HttpResponse {
  return { status: 400, headers: plain, body: `${message}\n` };
}

/** The whole number in `digits` when it is one from 0 to `max`. */
function wholeNumber(digits: string, max: number): number | undefined {
  if (!/^\d{1,9}$/.test(digits)) return undefined;
  const value = Number(digits);
  return value <= max ? value : undefined;
}

// Letters to answer with; grows to the longest answer asked for, then costs nothing.
let letters = Buffer.alloc(0);
function filler(bytes: number): Uint8Array {
  if (letters.length < bytes) letters = Buffer.alloc(bytes, 'x');
  return letters.subarray(0, bytes);
}

/** `GET /{ms}`: waits, then reads a page from disk and sends it. */
export const sleepRoute: Route = {
  methods: ['GET'],
  *handle(_request, argument) {
    const ms = wholeNumber(argument, maxSleepMs);
    if (ms === undefined) return badRequest(`/{ms} expects a whole number from 0 to ${maxSleepMs}`);
    yield* sleep(ms);
    return { status: 200, headers: html, body: yield* readFile(indexPath) };
  },
};

/** The routes with a name, by their first path segment. */
export const routes: Readonly<Record<string, Route>> = {
  json: { methods: ['GET'], handle: () => helloJson },

  plaintext: { methods: ['GET'], handle: () => hello },

  /** `GET /cpu/{units}`: a CPU-bound task; the answer depends on the computation. */
  cpu: {
    methods: ['GET'],
    hasArgument: true,
    *handle(_request, argument) {
      const units = wholeNumber(argument, maxCpuUnits);
      if (units === undefined) return badRequest(`/cpu/{units} expects a whole number from 0 to ${maxCpuUnits}`);
      const hash = yield* cpu(() => burn(units));
      return { status: 200, headers: plain, body: `${hash}\n` };
    },
  },

  /** `GET /work?io=MS&cpu=UNITS&bytes=N`: waits, computes, answers N bytes. */
  work: {
    methods: ['GET'],
    *handle(request) {
      const query = new URLSearchParams(request.query);
      const ms = wholeNumber(query.get('io') ?? '0', maxSleepMs);
      const units = wholeNumber(query.get('cpu') ?? '0', maxCpuUnits);
      const bytes = wholeNumber(query.get('bytes') ?? '0', maxBytes);
      if (ms === undefined || units === undefined || bytes === undefined)
        return badRequest(
          `/work expects io=0..${maxSleepMs} (ms), cpu=0..${maxCpuUnits} (units), bytes=0..${maxBytes}, all whole numbers`,
        );
      if (ms > 0) yield* sleep(ms);
      if (units > 0) yield* cpu(() => burn(units));
      return { status: 200, headers: binary, body: filler(bytes) };
    },
  },

  /** `POST /echo`: the body back. */
  echo: {
    methods: ['POST'],
    handle: (request) => ({
      status: 200,
      headers: { 'Content-Type': request.headers.get('content-type') ?? 'application/octet-stream' },
      body: request.body,
    }),
  },

  bytes: {
    methods: ['GET'],
    hasArgument: true,
    handle: (_request, argument) => {
      const bytes = wholeNumber(argument, maxBytes);
      if (bytes === undefined) return badRequest(`/bytes/{n} expects a whole number from 0 to ${maxBytes}`);
      return { status: 200, headers: binary, body: filler(bytes) };
    },
  },

  status: {
    methods: ['GET'],
    hasArgument: true,
    handle: (_request, argument) => {
      const status = wholeNumber(argument, 599);
      if (status === undefined || status < 200) return badRequest('/status/{code} expects a code from 200 to 599');
      // 205 tells the client to clear its form, and has no content (RFC 9110 §15.3.6).
      return status === 205 ? { status } : { status, headers: plain, body: `${status}\n` };
    },
  },

  stats: {
    methods: ['GET'],
    *handle() {
      return { status: 200, headers: json, body: `${JSON.stringify(yield* stats(), null, 2)}\n` };
    },
  },
};
