import type { Cursor } from './cursor.ts';
import type { Serializer } from './serializer.ts';

/** A serializer that needs no view of each message where many lie behind one another. */
export interface InPlaceSerializer<T extends unknown[]> extends Serializer<T> {
  /** As `decode`, for the message that the cursor stands before. */
  decodeFrom(cursor: Cursor): T;
}

/** Whether the serializer needs no view of each message. */
export function readsInPlace<T extends unknown[]>(
  serializer: Serializer<T>,
): serializer is InPlaceSerializer<T> {
  return 'decodeFrom' in serializer;
}
