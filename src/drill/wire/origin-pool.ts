import { tcpAddress, unixAddress, type SocketAddress } from '../../net/sys/address.js';
import { HeadMemory } from '../../net/http/response-head.js';
import type { Origin } from '../transport.js';
import type { Settle, WireConnection } from './connection.js';
import type { WirePrepared } from './prepared.js';
import type { Resolution, Resolver } from './resolver.js';

/** A request that has no connection yet. */
export interface Waiting {
  readonly prepared: WirePrepared;
  readonly settle: Settle;
  readonly deadline: number;
}

/** The connections to one origin. Those in use are known to the transport. */
export class OriginPool {
  /** Connected and free; the one that was used last is used next, so that spare ones can age. */
  readonly idle: WireConnection[] = [];
  /** What this server's responses begin with. */
  readonly heads = new HeadMemory();
  /** How many there are, idle or not. */
  open = 0;
  /** Requests until the host's address is known or a connection is free, in order. */
  readonly waiting: Waiting[] = [];
  readonly #origin: Origin;
  readonly #resolver: Resolver;
  #addresses: readonly SocketAddress[] | undefined;
  /** Which of several addresses answered last: `localhost` may be two, and the server listen on one. */
  #preferred = 0;

  constructor(origin: Origin, resolver: Resolver, unixSocket: string | undefined) {
    this.#origin = origin;
    this.#resolver = resolver;
    if (unixSocket !== undefined) this.#addresses = [unixAddress(unixSocket)];
    else this.#learn(resolver.known(origin.hostname));
  }

  /** Where to connect to; `undefined` until the name is resolved. */
  get addresses(): readonly SocketAddress[] | undefined {
    return this.#addresses;
  }

  /** The address to try first. */
  get address(): SocketAddress | undefined {
    return this.#addresses?.[this.#preferred];
  }

  /** The address to try after `failed`; `undefined` when all have been. */
  addressAfter(failed: SocketAddress): SocketAddress | undefined {
    const addresses = this.#addresses ?? [];
    const next = (addresses.indexOf(failed) + 1) % addresses.length;
    return next === this.#preferred ? undefined : addresses[next];
  }

  /** Remembers the address that answers. */
  prefer(address: SocketAddress): void {
    this.#preferred = Math.max(0, this.#addresses?.indexOf(address) ?? 0);
  }

  /** Looks the host's name up. @returns why it has no address, or nothing */
  async resolve(): Promise<{ readonly code: string } | undefined> {
    const resolution = await this.#resolver.resolve(this.#origin.hostname);
    this.#learn(resolution);
    return 'code' in resolution ? resolution : undefined;
  }

  #learn(resolution: Resolution | undefined): void {
    if (resolution === undefined || 'code' in resolution) return;
    this.#addresses = resolution.map((address) => tcpAddress(address, this.#origin.port));
  }
}
