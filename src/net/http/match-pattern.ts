const anyDigit = 'd'.charCodeAt(0);

/**
 * Whether all of a pattern is there, of which `d` stands for any digit; false while the bytes end before it does.
 * @throws what `mistake` makes of the first byte that does not fit
 */
export function matchesPattern(
  bytes: Uint8Array,
  from: number,
  end: number,
  pattern: string,
  mistake: (byte: number) => Error,
): boolean {
  for (let i = 0; i < pattern.length; i += 1) {
    if (from + i >= end) return false;
    const byte = bytes[from + i] as number;
    const wanted = pattern.charCodeAt(i);
    const fits = wanted === anyDigit ? byte >= 0x30 && byte <= 0x39 : byte === wanted;
    if (!fits) throw mistake(byte);
  }
  return true;
}
