/** Where a server that speaks frames listens. */
export interface FrameAddress {
  /** A name or an address; one of IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `tcp://127.0.0.1:8080`, also without its scheme; `undefined` for what is no such URL, or says more than it: a
 * path, a password.
 */
export function frameAddressOf(text: string): FrameAddress | undefined {
  const url = text.includes('://') ? text : `tcp://${text}`;
  if (!URL.canParse(url)) return undefined;
  const { href, host, hostname, port } = new URL(url);
  if (href.replace(/\/$/, '') !== `tcp://${host}` || hostname === '' || port === '' || port === '0') return undefined;
  return { host: hostname.replaceAll(/^\[|\]$/g, ''), port: Number(port) };
}
