/** Where a look brings as much as this, the kernel may have more: the smallest buffer that architectures read into. */
const fullChunkBytes = 16 * 1024;
/** More than this the kernel never had (`net.ipv4.tcp_rmem`, its default): the peer is sending on. */
const mostArrivedBytes = 6 * 1024 * 1024;
/** One may give what was read before and not taken, one what the kernel had; and one to spare. */
const shortLooks = 3;

/**
 * How long a connection goes on reading while the server drains: until it has taken what had arrived. A peer that
 * always has another request on its way would keep it, and the server, until the grace time is over.
 */
export class LastArrivals {
  #shortLooks = shortLooks;
  #bytes = 0;

  /** Whether something may be left that had arrived. */
  get mayLook(): boolean {
    return this.#shortLooks > 0 && this.#bytes < mostArrivedBytes;
  }

  /** A look has brought so many bytes. */
  looked(bytes: number): void {
    this.#bytes += bytes;
    if (bytes < fullChunkBytes) this.#shortLooks -= 1;
  }
}
