/** The items of a proof: the numbers from 0 on, some of them with a payload that is not copied. */

/** One item of a thousand has a payload, which is large enough that streams keep it where it lies. */
const PAYLOAD_EVERY = 1_000;
const PAYLOAD_BYTES = 16_384;

/** An item that has a payload. */
interface LargeItem {
  readonly index: number;
  readonly payload: Uint8Array;
}

export type Item = number | LargeItem;

/** Bytes that an item takes on the wire, about, in the mean. */
export const MEAN_ITEM_BYTES: number = 20 + PAYLOAD_BYTES / PAYLOAD_EVERY;

/** A window that holds a small part of the items, so that neither end runs far ahead. */
export function resumableFor(count: number): { readonly windowBytes: number } {
  return { windowBytes: Math.min(262_144, Math.ceil((count * MEAN_ITEM_BYTES) / 20)) };
}

/** Makes so many items. */
export function* makeItems(count: number): Generator<Item, void, undefined> {
  for (let index = 0; index < count; index++) {
    const isLarge = index % PAYLOAD_EVERY === PAYLOAD_EVERY - 1;
    yield isLarge ? { index, payload: Buffer.alloc(PAYLOAD_BYTES, index % 251) } : index;
  }
}

/** The index of an item; -1 if its payload is damaged. */
export function indexOf(item: Item): number {
  if (typeof item === 'number') return item;
  const { index, payload } = item;
  const isWhole = payload.length === PAYLOAD_BYTES && payload.every((byte) => byte === index % 251);
  return isWhole ? index : -1;
}
