import type { ByteWriter } from '../../base/byte-writer.ts';
import type { StreamSearch } from '../bson/stream-search.ts';
import type { ShapeCursor } from './shape-cursor.ts';
import type { WriteContext } from './write-context.ts';

/**
 * The form of one type's values in BSON. An element is its type, its key, and its value. The first
 * two are its head; the type in it may depend on the value.
 */
export interface Codec<T> {
  /** The type in words, for messages: `i32`, `array(string)`. */
  readonly name: string;

  /** Whether values may hold streams. Each stream can be resolved only once. */
  readonly hasStreams: boolean;

  /**
   * Appends the value as an element. The element's head is at `out.offset` already, except for its
   * type, with room for `FIXED_BYTES` behind it.
   *
   * @param headBytes - the bytes of the head.
   * @throws Misfit if the value does not fit; the caller adds the element's key to its path.
   */
  write(value: T, headBytes: number, out: ByteWriter, context: WriteContext): void;

  /**
   * Reads the value at the cursor, of an element of this BSON type.
   *
   * @throws SerializationError if it does not fit.
   */
  read(cursor: ShapeCursor, type: number): T;

  /** Adds the streams in what was given as a value. Never throws. Absent: there can be none but sinks. */
  findStreams?(value: unknown, search: StreamSearch): void;
}
