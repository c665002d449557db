import { addressOf } from './memory.js';
import { setSocketFilter } from './socket.js';

// <linux/filter.h>: an instruction is { code: u16, jt: u8, jf: u8, k: u32 }, a program { length: u16, address: u64 }.
const BPF_RET = 0x06;
/** Lives as long as its address is handed out. */
const keepNothing = Uint16Array.of(BPF_RET, 0, 0, 0);

/**
 * From now on the kernel drops whoever asks this listening socket for a connection; who waits in its accept queue can
 * still be accepted, for as long as that takes, and then it can be closed without resetting anybody. Who was dropped
 * asks again after a second, and is refused if it is closed by then.
 *
 *     SYN ──► filter: nothing passes ✗       accept queue │fd│fd│fd│ ──► accept, as before
 *
 * (A filter that keeps 0 bytes of everything: SO_ATTACH_FILTER in socket(7). Without one, more may go on coming for ever.)
 */
export function dropNewcomers(listener: number): void {
  setSocketFilter(listener, BigUint64Array.of(1n, BigInt(addressOf(keepNothing))));
}
