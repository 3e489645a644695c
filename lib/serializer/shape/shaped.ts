import { judgedBy } from '../../base/public-function.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { type BsonLimits, type BsonOptions, resolveBsonOptions } from '../bson/bson-options.ts';
import { StreamSearch } from '../bson/stream-search.ts';
import { Misfit, misfitAt, toSerializationError } from '../misfit.ts';
import type { Serializer, StreamHandles } from '../serializer.ts';
import { endDocument } from './document.ts';
import { type Field, membersOf } from './field.ts';
import type { FieldType, ShapedTuple } from './field-type.ts';
import { findInFields } from './find-in-fields.ts';
import type { Glue } from './glue.ts';
import { tupleGlue } from './make-glue.ts';
import { ShapeCursor } from './shape-cursor.ts';
import { WriteContext } from './write-context.ts';

/**
 * Declares the content of tuples, as `packed` does, but for BSON: the bytes are the same as those
 * of `bson` for the same values, so that either end may declare the shape or not. The tuple's type
 * is inferred:
 *
 *     shaped(record({ id: i64, name: optional(string) }), i32)
 *     // Serializer<[{ id: bigint; name?: string | undefined }, number]>
 *
 * A value that does not fit is refused with its path, when it is written and when it is read.
 * Undeclared members are checked and dropped.
 *
 * @throws MisuseError if a member is not a type of BSON, or an optional member is not among the
 * last.
 */
export type Shaped = <const M extends readonly FieldType<unknown>[]>(
  ...members: M
) => Serializer<ShapedTuple<M>>;

/**
 * Makes a `shaped` with other limits. `maxKeys` counts the elements of arrays and maps, and
 * undeclared keys. `refuseKeys` does not concern the names of declared fields.
 *
 * @throws OptionError if an option is out of bounds.
 */
export function createShaped(options: BsonOptions = {}): Shaped {
  const limits = judgedBy('createShaped', () => resolveBsonOptions(options));
  return <const M extends readonly FieldType<unknown>[]>(...members: M) =>
    // The members' types, which ShapedTuple spells out, are the types that are written and read.
    Object.freeze(new ShapedSerializer(membersOf(members), limits)) as Serializer<
      unknown[]
    > as Serializer<ShapedTuple<M>>;
}

/** Tuples of a declared shape, with the limits of `bson`. */
export const shaped: Shaped = createShaped();

class ShapedSerializer implements Serializer<unknown[]> {
  /** The name that a plain `bson` at the other end has. */
  readonly name = 'bson';
  readonly arity: number;
  readonly #members: readonly Field[];
  readonly #glue: Glue;
  readonly #limits: BsonLimits;

  constructor(members: readonly Field[], limits: BsonLimits) {
    this.arity = members.length;
    this.#members = members;
    this.#glue = tupleGlue(members);
    this.#limits = limits;
  }

  encode(tuple: readonly unknown[], out: ByteWriter, handles: StreamHandles): void {
    try {
      if (tuple.length > this.arity) this.#checkLength(tuple);
      out.reserve(4);
      const { buffer, offset } = out;
      out.offset += 4;
      const before = out.byteLength;
      this.#glue.write(tuple, out, new WriteContext(this.#limits, handles));
      endDocument(out, buffer, offset, before);
    } catch (error) {
      throw toSerializationError(error, 'local');
    }
  }

  decode(bytes: Buffer, handles: StreamHandles): unknown[] {
    const cursor = new ShapeCursor(bytes, this.#limits, handles);
    try {
      cursor.enterMessage();
      // The glue of a tuple makes arrays.
      return this.#glue.read(cursor) as unknown[];
    } catch (error) {
      throw toSerializationError(error, 'remote');
    }
  }

  streamsIn(tuple: readonly unknown[]): readonly object[] {
    const search = new StreamSearch(this.#limits.maxKeys);
    findInFields(this.#members, tuple, search);
    return search.found;
  }

  #checkLength(tuple: readonly unknown[]): void {
    const extra = tuple.findIndex((member, i) => i >= this.arity && member !== undefined);
    if (extra === -1) return;
    throw misfitAt(extra, new Misfit(`the tuple has ${this.arity} members`));
  }
}
