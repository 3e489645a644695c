import type { ByteWriter } from '../../base/byte-writer.ts';
import { NULL } from '../bson/element-types.ts';
import type { StreamSearch } from '../bson/stream-search.ts';
import { checkElement } from '../shape/check-fields.ts';
import type { Codec } from '../shape/codec.ts';
import type { FieldType } from '../shape/field-type.ts';
import { beginFixed } from '../shape/head.ts';
import type { ShapeCursor } from '../shape/shape-cursor.ts';
import type { WriteContext } from '../shape/write-context.ts';

class NullableCodec<T> implements Codec<T | null> {
  readonly name: string;
  readonly hasStreams: boolean;
  readonly #codec: Codec<T>;

  constructor(codec: Codec<T>) {
    this.name = `nullable(${codec.name})`;
    this.hasStreams = codec.hasStreams;
    this.#codec = codec;
  }

  write(value: T | null, headBytes: number, out: ByteWriter, context: WriteContext): void {
    if (value !== null) this.#codec.write(value, headBytes, out, context);
    else out.offset = beginFixed(out, NULL, headBytes);
  }

  read(cursor: ShapeCursor, type: number): T | null {
    if (type !== NULL) return this.#codec.read(cursor, type);
    cursor.take(0);
    return null;
  }

  findStreams(value: unknown, search: StreamSearch): void {
    this.#codec.findStreams?.(value, search);
  }
}

/**
 * A field of a declared record: a value of the type, or null.
 *
 * @throws MisuseError if `type` may be left out: `optional(nullable(…))` is right.
 */
export function nullable<T>(type: FieldType<T>): FieldType<T | null> {
  checkElement('nullable', type);
  return Object.freeze({ bson: new NullableCodec(type.bson) });
}
