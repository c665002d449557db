/**
 * What a handler answers. A frozen response (`Object.freeze`) is taken for a constant: it is checked once, and encoded
 * once a second. Its headers and the bytes of its body must not change afterwards.
 */
export interface HttpResponse {
  /** 200 to 599. From an application, anything else is a 500. */
  readonly status: number;
  /**
   * By name; a list is several fields of one name, as `Set-Cookie` needs (RFC 6265 §3). Those that frame a response
   * (Content-Length, Connection, Date) are added here: neither they nor Trailer and Transfer-Encoding may be among them.
   * One that is undefined is left out: where answers have different headers, TypeScript gives each those of all.
   */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: Uint8Array | string;
}

/** 1xx, 204 and 304 have no body, whatever was asked (RFC 9110 §6.4.1). */
export function isBodyless(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}
