import type { Clock } from '../core/clock.js';
import type { ErrorClass } from '../core/results.js';
import { VariantFolder, type Variant } from '../core/variants.js';

/** Where connections go. One object per scheme, host and port, shared by all requests that go there. */
export interface Origin {
  /** `http://127.0.0.1:8080`, always with the port: equal origins have equal keys. */
  readonly key: string;
  readonly scheme: 'http' | 'https';
  /** A name or an address literal, IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The text of the Host header: brackets around IPv6, the port only where it is not the scheme's own. */
  readonly host: string;
}

/**
 * One request exactly as it goes out: interpolated, percent-encoded, defaults and cookies added.
 * The transport adds only framing: `host` first (unless `headers` has one), `content-length` for a body or
 * for a method that defines one (`POST`, `PUT`, `PATCH`). With the header `transfer-encoding: chunked` the body
 * goes out in chunks instead. Nothing here is changed afterwards.
 */
export interface Outgoing {
  readonly origin: Origin;
  /** Upper case. */
  readonly method: string;
  /** Request target in origin form: `/path?query`, only visible ASCII. */
  readonly path: string;
  /**
   * Names and values in turn: `['accept', '*' + '/*', 'x-foo', 'bar']`. The same array object always means
   * the same headers, so a transport may remember their encoding by identity.
   */
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
  /** From the call of `send` to the last byte of the body, connecting included. 0 times out at once. */
  readonly timeoutMs: number;
  /** Whether anybody reads the response's headers; they come with a 3xx in any case. */
  readonly keepHeaders: boolean;
  /** Whether anybody reads the response's body; otherwise it is read to its end, counted and dropped. */
  readonly keepBody: boolean;
}

/** A request encoded for one transport: made once for a static request, each time for one that changes. */
export interface Prepared {
  readonly outgoing: Outgoing;
}

export interface ResponseHeaders {
  /** The last value of a header, by its lower-case name. */
  readonly get: (lowerCaseName: string) => string | undefined;
  /** Every value of a header in order of arrival. */
  readonly all: (lowerCaseName: string) => readonly string[];
  /** Lower-case names and values in order of arrival. */
  readonly entries: () => Iterable<readonly [name: string, value: string]>;
}

export interface Response {
  readonly kind: 'response';
  readonly status: number;
  /** When the end of the header section had arrived; milliseconds of the transport's clock. */
  readonly headersAt: number;
  /** When the last byte of the body had arrived. */
  readonly doneAt: number;
  /** Bytes of the body, transfer coding taken off. */
  readonly bodyBytes: number;
  /** Present when `keepHeaders` was asked for and with every 3xx. May parse only when first looked at. */
  readonly headers: ResponseHeaders | undefined;
  /** Present (maybe empty) when `keepBody` was asked for. Owned by the receiver. */
  readonly body: Uint8Array | undefined;
  /** The body is a text, and that is its value: a reply in frames says so. Else it is read as JSON. */
  readonly isText?: boolean;
}

/** No complete response: one result all the same. */
export interface Failure {
  readonly kind: 'failure';
  readonly class: Extract<ErrorClass, 'connect' | 'reset' | 'timeout' | 'tls' | 'protocol' | 'aborted'>;
  /** A short text without addresses or times, so that equal failures have equal messages. */
  readonly message: string;
  readonly doneAt: number;
  readonly bodyBytes: number;
}

export type Incoming = Response | Failure;

/**
 * Sends requests over connections of its own, kept alive and reused; as many as there are requests in
 * flight (up to a limit), one request at a time on each. Never retries silently.
 */
export interface Transport extends AsyncDisposable {
  /** Encodes a request. Cheap enough to be called for each; static requests are prepared once. */
  readonly prepare: (request: Outgoing) => Prepared;
  /**
   * Sends a request that this transport prepared (any number of times, also at once) and resolves when the
   * response is complete. Never rejects for anything the network does: that is a `Failure`.
   */
  readonly send: (request: Prepared) => Promise<Incoming>;
  /**
   * Resolves when every host name of a request prepared so far has been looked up, so that no request's time
   * contains it. A name that has no address is the failure of each request that goes there.
   */
  readonly ready?: () => Promise<void>;
  /**
   * Something else is due at that moment of the clock: until it is told otherwise (`undefined`: nothing is), a
   * transport that blocks the thread while it waits for the network must be back by then.
   */
  readonly wakeAt?: (moment: number | undefined) => void;
  /** Counts since opening. */
  readonly counters: () => TransportCounters;
}

export interface TransportCounters {
  readonly connectionsOpened: number;
  /** Requests sent a second time because a kept-alive connection turned out closed before any byte came back. */
  readonly retries: number;
}

/** What a run needs of its transport; decides which one `auto` picks. */
export interface TransportNeeds {
  readonly tls: boolean;
  readonly http2: boolean;
  readonly proxy: boolean;
  readonly unixSocket: boolean;
}

export interface TransportOptions {
  readonly clock: Clock;
  readonly verifyCertificates: boolean;
  /** Speak HTTP/2 where the server agrees. */
  readonly http2: boolean;
  /** The most connections to one origin; beyond it requests wait for a free one. No limit when absent. */
  readonly maxConnections?: number;
  /** Path of a Unix socket that every connection goes to instead of its origin's address. */
  readonly unixSocket: string | undefined;
  /** Variables that name proxies: `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A way to send HTTP: a file of its own in `transports/`, found by listing that folder. */
export interface TransportKind extends Variant {
  /** What it is for: its row in docs/load-models.md. */
  readonly summary: string;
  /** Why it cannot serve these needs here, in one sentence; `undefined` when it can. */
  readonly unsupported: (needs: TransportNeeds) => string | undefined;
  /**
   * Opens it. Disposing of the transport settles everything still in flight with a `Failure` of class
   * `aborted`, and closes every connection.
   */
  readonly open: (options: TransportOptions) => Promise<Transport>;
}

export const transports = new VariantFolder<TransportKind>(new URL('./transports/', import.meta.url), 'transport');
