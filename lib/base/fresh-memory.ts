/** Bytes of new memory for one element of garbage, which takes eight: half as much garbage. */
const BYTES_PER_ELEMENT = 16;

/** Of one read or one compressed frame there may be many messages, which leave objects behind. */
const READ_BYTES_PER_ELEMENT = 32;

/** Larger arrays would not be part of V8's young generation. */
const MAX_ELEMENTS = 4_096;

/** From here on a copy has memory of its own: small ones share what Node keeps for them. */
const SMALL_BYTES = 4_096;

/** Memory that was sent. */
const sent = new WeakSet<ArrayBufferLike>();

/** Holds the last piece of garbage, so that V8 does not leave its making out. */
const last: { garbage: readonly unknown[] } = { garbage: [] };

/** New memory, with unknown content, for a reader that keeps it. */
export function freshMemory(bytes: number): Buffer {
  offsetFreshMemory(bytes);
  return Buffer.allocUnsafeSlow(bytes);
}

/** A copy of the bytes, for a reader that keeps it. */
export function freshCopy(bytes: Buffer): Buffer {
  if (bytes.length < SMALL_BYTES) return Buffer.from(bytes);
  offsetFreshRead(bytes.length);
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** To be called with the size of what others have allocated: Node for a read, or a compressor. */
export function offsetFreshRead(bytes: number): void {
  if (bytes >= SMALL_BYTES) offsetFreshMemory(bytes, READ_BYTES_PER_ELEMENT);
}

/**
 * To be called with bytes that are sent where they lie. A producer that sends memory for the first time
 * has made it for the message, as a rule; one that fills its memory again pays nothing.
 */
export function offsetSent({ buffer, length }: Uint8Array): void {
  if (sent.has(buffer)) return;
  sent.add(buffer);
  offsetFreshMemory(length);
}

/**
 * Makes garbage of V8's own heap beside new memory for a message.
 *
 * V8 adds the memory of buffers to the size of the old generation, whose limit is small in a small
 * heap. So after some 15 MB of messages it collects the whole heap, which takes longer than the data
 * takes to come. A collection of the young generation is short and finds the dead buffers as well, but
 * it begins by the size of young objects alone, and a buffer is a small one. Half as much garbage makes
 * it come first: messages of 64 KiB take half of the processor's time. The benchmarks `bulk.down` and
 * `bulk.up` count both kinds of collections.
 */
function offsetFreshMemory(bytes: number, bytesPerElement: number = BYTES_PER_ELEMENT): void {
  for (let left = Math.ceil(bytes / bytesPerElement); left > 0; left -= MAX_ELEMENTS) {
    // oxlint-disable-next-line unicorn/no-new-array -- its elements are never looked at
    last.garbage = new Array<unknown>(Math.min(left, MAX_ELEMENTS));
  }
}
