import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';

/** Whether what a plan drives runs on this machine, so that server and generator share its processors. */
export async function isSameMachine(base: string, unixSocket: string | undefined): Promise<boolean> {
  if (unixSocket !== undefined) return true;
  if (!URL.canParse(base)) return false;
  const { hostname } = new URL(base);
  const addresses = await addressesOf(hostname.replace(/^\[(.*)\]$/, '$1'));
  const own = new Set(
    Object.values(networkInterfaces())
      .flatMap((addressed) => addressed ?? [])
      .map(({ address }) => address),
  );
  return addresses.some((address) => address.startsWith('127.') || address === '::1' || own.has(address));
}

async function addressesOf(hostname: string): Promise<readonly string[]> {
  try {
    return (await lookup(hostname, { all: true })).map(({ address }) => address);
  } catch {
    return []; // the requests will tell
  }
}
