import type { Cursor } from './cursor.ts';
import type { Serializer } from './serializer.ts';

/** Names the method, so that no serializer of a user has it by chance. */
export const DECODE_FROM: unique symbol = Symbol('decodeFrom');

/** A serializer that needs no view of each message where many lie behind one another. */
export interface InPlaceSerializer<T extends unknown[]> extends Serializer<T> {
  /** As `decode`, for the message that the cursor stands before. */
  [DECODE_FROM](cursor: Cursor): T;
}

/** Whether the serializer needs no view of each message. */
export function readsInPlace<T extends unknown[]>(
  serializer: Serializer<T>,
): serializer is InPlaceSerializer<T> {
  return DECODE_FROM in serializer;
}
