import { lookup } from 'node:dns/promises';
import { ExitCode, UserError } from '../core/errors.js';

/**
 * The address that a host name stands for; addresses stand for themselves.
 * @throws {UserError} there is no such name, or nobody could connect to that address
 */
export async function resolveHost(host: string): Promise<string> {
  if (host.trim() === '') throw new UserError('--host expects an address or a host name, found nothing');
  let address: string;
  try {
    ({ address } = await lookup(host));
  } catch (cause) {
    throw new UserError(`'${host}' is no address and no known host name`, { exitCode: ExitCode.runFailed, cause });
  }
  // fe80::/10: the same address exists on every interface, and no URL of ours says which (RFC 4007).
  if (/^fe[89ab]/i.test(address) || address.includes('%'))
    throw new UserError(`'${host}' is a link-local address, which belongs to one interface: use another address`);
  if (isForMany(address))
    throw new UserError(`'${host}' is a multicast or broadcast address, to which nobody connects`);
  return address;
}

/** Multicast (RFC 5771, RFC 4291 §2.7) or broadcast: the kernel binds some of them, but TCP has one peer. */
function isForMany(address: string): boolean {
  return /^(22[4-9]|23\d)\./.test(address) || /^ff/i.test(address) || address === '255.255.255.255';
}
