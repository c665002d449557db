import type { AddressInfo, Server } from 'node:net';

/** Node's flavour of listen: resolves to the port, and an error becomes a rejection. */
export function listenNode(
  server: Server,
  options: { readonly host: string; readonly port: number; readonly backlog: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
