/** The largest number of a tuple's members. */
export const MAX_MEMBERS = 1_024;

/**
 * The index that the key in [start, end) represents. -1 if the key is not the canonical decimal
 * form of an index below {@link MAX_MEMBERS}.
 */
export function memberIndex(bytes: Buffer, start: number, end: number): number {
  const digits = end - start;
  if (digits < 1 || digits > 4) return -1;
  if (digits > 1 && bytes[start] === 0x30) return -1;
  let index = 0;
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    index = index * 10 + digit;
  }
  return index < MAX_MEMBERS ? index : -1;
}
